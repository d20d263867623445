/** `npm run demo`: installs what the demo needs, if it is not there, and runs it. */
import { existsSync } from 'node:fs';
import { install, isInstalled, requireNode, run } from './steps.mjs';

requireNode();
if (!isInstalled() || !existsSync(new URL('../examples/support-assistant/node_modules', import.meta.url))) {
  console.log('Installing what the demo needs …');
  if ((await install(['--filter', 'farthing-monorepo', '--filter', '@farthing/example-support-assistant...'])) !== 0) {
    console.error('The installation failed. It needs the npm registry: are you online?');
    process.exit(1);
  }
}
process.exitCode = await run(process.execPath, [
  '--conditions=farthing-source',
  '--import',
  'tsx',
  'examples/support-assistant/main.ts',
  ...process.argv.slice(2),
]);
