/** `npm run demo`: installs what the demo needs, if it is not there, and runs it. */
import { existsSync } from 'node:fs';
import { install, isInstalled, requireNode, run } from './steps.mjs';

requireNode();
const args = process.argv.slice(2);
const parts = ['farthing-monorepo', '@farthing/example-support-assistant...'];
const needed = ['../examples/support-assistant/node_modules'];
if (args.includes('--local')) {
  parts.push('@farthing/local...');
  needed.push('../packages/local/node_modules/node-llama-cpp');
}
if (!isInstalled() || needed.some((path) => !existsSync(new URL(path, import.meta.url)))) {
  console.log('Installing what the demo needs …');
  if ((await install(parts.flatMap((part) => ['--filter', part]))) !== 0) {
    console.error('The installation failed. It needs the npm registry: are you online?');
    process.exit(1);
  }
}
process.exitCode = await run(process.execPath, [
  '--conditions=farthing-source',
  '--import',
  'tsx',
  'examples/support-assistant/main.ts',
  ...args,
]);
