/** `npm run bench -- NAME [options]`: runs one benchmark of `bench/`; without a name, lists them. */
import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { install, pnpm, requireNode, run } from './steps.mjs';

/** These measure what ships, not the source. */
const built = new Set(['overhead']);
const root = fileURLToPath(new URL('..', import.meta.url));
const names = readdirSync(new URL('../bench', import.meta.url))
  .filter((name) => name.endsWith('.ts') && !name.endsWith('-process.ts'))
  .map((name) => name.slice(0, -3));

requireNode();
const [name, ...args] = process.argv.slice(2);
if (!name || !names.includes(name)) {
  console.error(
    `Expected the name of a benchmark, got ${name ?? 'none'}. Usage: npm run bench -- NAME [options], with NAME one of: ${names.join(', ')}.`,
  );
  process.exit(2);
}
if (!existsSync(new URL('../node_modules/.bin/tsx', import.meta.url)) && (await install()) !== 0) process.exit(1);
if (
  built.has(name) &&
  (await run('npx', [...pnpm, '--filter', 'farthing', 'run', 'build'], { cwd: root, stdio: 'ignore' })) !== 0
) {
  console.error('The build failed: run `npm run build` to see why.');
  process.exit(1);
}
const conditions = built.has(name) ? ['--expose-gc'] : ['--conditions=farthing-source'];
process.exitCode = await run(process.execPath, [...conditions, '--import', 'tsx', `bench/${name}.ts`, ...args], {
  cwd: root,
});
