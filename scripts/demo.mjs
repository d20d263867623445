/** `npm run demo`: installs what the demo needs, if it is not there, and runs it. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { install, requireNode, run } from './steps.mjs';

requireNode();
const root = fileURLToPath(new URL('..', import.meta.url));
const read = (path) =>
  existsSync(new URL(path, import.meta.url)) ? readFileSync(new URL(path, import.meta.url), 'utf8') : undefined;

// pnpm keeps a copy of the lockfile that it installed from.
const installed =
  existsSync(new URL('../examples/support-assistant/node_modules', import.meta.url)) &&
  existsSync(new URL('../node_modules/.bin/tsx', import.meta.url)) &&
  read('../node_modules/.pnpm/lock.yaml') !== undefined;
if (!installed) {
  console.log('Installing what the demo needs …');
  if ((await install(['--filter', 'farthing-monorepo', '--filter', '@farthing/example-support-assistant...'])) !== 0) {
    console.error('The installation failed. It needs the npm registry: are you online?');
    process.exit(1);
  }
}
process.exitCode = await run(
  process.execPath,
  ['--conditions=farthing-source', '--import', 'tsx', 'examples/support-assistant/main.ts', ...process.argv.slice(2)],
  { cwd: root },
);
