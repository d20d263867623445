/**
 * `npm test`: installs, lints, checks types, runs every test, builds, checks the packages. Its last line is
 * `N passed, N failed, N skipped`; a step that is no test counts as one.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { install, pnpm, requireNode, run } from './steps.mjs';

requireNode();
const folder = mkdtempSync(join(tmpdir(), 'farthing-test-'));
const countFile = join(folder, 'count.json');
const exec = (...args) =>
  run('npx', [...pnpm, 'exec', ...args], {
    env: { ...process.env, FARTHING_TEST_COUNT: countFile, TURBO_TELEMETRY_DISABLED: '1' },
  });

const steps = [
  ['install', () => install()],
  ['lint', () => exec('biome', 'check', '.')],
  ['types', () => exec('tsc', '--noEmit', '-p', 'tsconfig.json')],
  ['unused code', () => exec('knip')],
  ['build', () => exec('turbo', 'run', 'build', '--output-logs=errors-only')],
  ['package checks', () => exec('turbo', 'run', 'package-check', '--output-logs=errors-only')],
  ['tests', () => exec('vitest', 'run')],
];

let passed = 0;
let failed = 0;
let skipped = 0;
for (const [name, step] of steps) {
  const start = Date.now();
  console.log(`\n— ${name}`);
  const code = await step();
  console.log(`— ${name}: ${code === 0 ? 'ok' : `failed (${code})`}, ${((Date.now() - start) / 1000).toFixed(1)} s`);
  if (name === 'tests' && existsSync(countFile)) {
    const count = JSON.parse(readFileSync(countFile, 'utf8'));
    passed += count.passed;
    failed += count.failed;
    skipped += count.skipped;
    if (code !== 0 && count.failed === 0) failed++;
  } else if (code === 0) passed++;
  else failed++;
  // Without an install nothing else can run; any other failure is told together with the rest.
  if (name === 'install' && code !== 0) break;
}
rmSync(folder, { recursive: true, force: true });
console.log(`\n${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exitCode = failed === 0 ? 0 : 1;
