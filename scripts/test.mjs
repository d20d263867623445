/**
 * `npm test`: installs, lints, checks types, builds, checks the packages, runs every test. Its last line is
 * `N passed, N failed, N skipped`: tests, and each step that is no test as one.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { install, requireNode, runPnpm, runTool } from './steps.mjs';

requireNode();
const folder = mkdtempSync(join(tmpdir(), 'farthing-test-'));
const countFile = join(folder, 'count.json');
const turbo = (task) => runPnpm(['--silent', 'turbo', 'run', task, '--output-logs=errors-only']);

/** From the quickest to the slowest; the tests come last since one of them uses what was built. */
const steps = [
  ['install', () => install()],
  ['lint', () => runTool('biome', ['check', '.'])],
  ['unused code', () => runTool('knip', [])],
  ['types', () => runTool('tsc', ['--noEmit', '-p', 'tsconfig.json'])],
  ['build', () => turbo('build')],
  ['package checks', () => turbo('package-check')],
  ['tests', () => runTool('vitest', ['run'], { env: { FARTHING_TEST_COUNT: countFile }, limitMs: 600_000 })],
];

const total = { passed: 0, failed: 0, skipped: 0 };
for (const [name, step] of steps) {
  console.log(`\n— ${name}`);
  const start = Date.now();
  const code = await step();
  console.log(`— ${name}: ${code === 0 ? 'ok' : `failed (${code})`}, ${((Date.now() - start) / 1000).toFixed(1)} s`);

  const count = name === 'tests' && existsSync(countFile) ? JSON.parse(readFileSync(countFile, 'utf8')) : undefined;
  total.passed += count ? count.passed : Number(code === 0);
  total.skipped += count ? count.skipped : 0;
  // A run that failed with no failed test failed all the same.
  total.failed += count ? Math.max(count.failed, Number(code !== 0)) : Number(code !== 0);
  // Without its dependencies nothing else can run; any other failure is told together with the rest.
  if (name === 'install' && code !== 0) break;
}
rmSync(folder, { recursive: true, force: true });
process.exitCode = total.failed === 0 ? 0 : 1;
console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
