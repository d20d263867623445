/** `npm run bench -- NAME [options]`: runs one benchmark of `bench/`; without a name, lists them. */
import { readdirSync } from 'node:fs';
import { install, isInstalled, requireNode, run, runPnpm } from './steps.mjs';

/** These measure what ships, not the source. */
const built = new Set(['overhead', 'batch-jobs']);
const names = readdirSync(new URL('../bench', import.meta.url))
  .filter((name) => name.endsWith('.ts') && !name.endsWith('-process.ts') && name !== 'questions.ts')
  .map((name) => name.slice(0, -3));

requireNode();
const [name, ...args] = process.argv.slice(2);
if (name === undefined) {
  console.log(`Usage: npm run bench -- NAME [options], with NAME one of: ${names.join(', ')}.`);
} else if (names.includes(name)) {
  process.exitCode = await bench(name, args);
} else {
  console.error(`Expected the name of a benchmark (${names.join(', ')}), got '${name}'.`);
  process.exitCode = 2;
}

async function bench(name, args) {
  if (!isInstalled() && (await install()) !== 0) return 1;
  if (built.has(name)) {
    const code = await runPnpm(
      ['--silent', 'turbo', 'run', 'build', '--filter=farthing', '--output-logs=errors-only'],
      {
        stdio: ['ignore', 'ignore', 'inherit'],
      },
    );
    if (code !== 0) {
      console.error('The build failed: `npm run build` shows why.');
      return code;
    }
  }
  const flags = built.has(name) ? ['--expose-gc'] : ['--conditions=farthing-source'];
  return run(process.execPath, [...flags, '--import', 'tsx', `bench/${name}.ts`, ...args]);
}
