#!/usr/bin/env node
import { type Terminal, train } from './train.js';
import { trainHelp, trainOptionsOf } from './train-options.js';
import { UsageError } from './usage-error.js';

const help = `farthing: a gate in front of every LLM call, and what goes with it

Usage: farthing COMMAND [options]

  train    Learn from outcomes which calls need a route's strong target.

farthing COMMAND --help says more.
`;

const terminal: Terminal = {
  print: (text) => void process.stdout.write(`${text}\n`),
  tell: (text) => void process.stderr.write(`${text}\n`),
};

/** Runs a command; answers the exit code: 0 done, 1 in vain, 2 not as asked. */
async function run([command, ...args]: readonly string[]): Promise<number> {
  if (command === '--help' || command === '-h' || command === 'help') {
    terminal.print(help);
    return 0;
  }
  if (command !== 'train') {
    terminal.tell(
      `${command === undefined ? 'Expected a command' : `Expected a command, got '${command}'`}.\n\n${help}`,
    );
    return 2;
  }
  const options = trainOptionsOf(args);
  if (options !== 'help') return (await train(options, terminal)) ? 0 : 1;
  terminal.print(trainHelp);
  return 0;
}

try {
  process.exitCode = await run(process.argv.slice(2));
} catch (error) {
  const isUsage = error instanceof UsageError;
  const words = isUsage ? error.message : error instanceof Error ? error.stack : undefined;
  terminal.tell(`farthing: ${words ?? String(error)}${isUsage ? '\n`farthing train --help` says more.' : ''}`);
  process.exitCode = 2;
}
