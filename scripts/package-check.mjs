/** Packs the package in the current folder as it would be published, and checks the tarball. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pnpm, run } from './steps.mjs';

const folder = mkdtempSync(join(tmpdir(), 'farthing-pack-'));
const checks = [
  ['npx', [...pnpm, 'pack', '--pack-destination', folder]],
  ['npx', () => [...pnpm, 'exec', 'publint', '--strict', tarball()]],
  ['npx', () => [...pnpm, 'exec', 'attw', tarball(), '--format', 'table-flipped']],
];
const tarball = () => join(folder, readdirSync(folder).find((name) => name.endsWith('.tgz')) ?? '');

let failed = 0;
for (const [program, args] of checks) {
  if ((await run(program, typeof args === 'function' ? args() : args)) !== 0) failed++;
}
rmSync(folder, { recursive: true, force: true });
process.exitCode = failed === 0 ? 0 : 1;
