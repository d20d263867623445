import { UsageError } from '../cli/usage-error.js';
import { isLocalError } from '../local-error.js';
import { printable, printableLines } from '../printable.js';
import { type FoundToken, findToken, tokenVariable } from './find-token.js';
import type { OpenLocal } from './open-local.js';
import { type RunningServer, serve } from './serve.js';
import { readServeArguments, type ServeArguments, serveUsage } from './serve-arguments.js';

/** What the command reaches of the process that it runs in. */
export interface CommandWorld {
  readonly open: (asked: ServeArguments) => OpenLocal | Promise<OpenLocal>;
  readonly out: (text: string) => void;
  readonly error: (text: string) => void;
  readonly isTerminal: boolean;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Settles when the process is asked to end. */
  readonly ended: () => Promise<void>;
}

/**
 * Serves models until the process is asked to end.
 * @returns the exit status: 0 after a gentle end, 1 for a failure, 2 for a command line that can't be followed
 */
export async function serveCommand(args: readonly string[], world: CommandWorld = processWorld()): Promise<number> {
  if (args.includes('--help') || args.includes('-h')) {
    world.out(serveUsage);
    return 0;
  }
  try {
    await serveUntilEnded(readServeArguments(args), world);
    return 0;
  } catch (error) {
    if (error instanceof UsageError) {
      world.error(`${error.message}\n\n${serveUsage}`);
      return 2;
    }
    // A file that nobody vouches for may be quoted in it.
    const text = isLocalError(error) || isSystemError(error) ? error.message : String(error);
    world.error(`${printableLines(text)}\n`);
    return 1;
  }
}

async function serveUntilEnded(asked: ServeArguments, world: CommandWorld): Promise<void> {
  const ended = world.ended();
  const found = await findToken(asked.tokenFile, world.environment[tokenVariable], world.isTerminal);
  if (found.warning !== undefined) world.error(`${found.warning}\n`);
  const local = await world.open(asked);
  try {
    const { port, host, allowRemote } = asked;
    const options = { port, allowRemote, token: found.token, ...(host !== undefined && { host }) };
    const served = await serve(local.handler, options);
    try {
      const models = Object.keys(asked.models);
      world.out(describe(served, models, found));
      const loaded = asked.lazy ? ended : loadAll(local, models, world).then(() => ended);
      await Promise.race([loaded, ended]);
      world.out('Closing: running requests may end.\n');
      // Closing makes what still loads fail, which is no news then.
      loaded.catch(() => {});
    } finally {
      await served.close();
    }
  } finally {
    await local.close();
  }
}

/** One after the other: each measures how fast it is, and has to be alone for that. */
async function loadAll(local: OpenLocal, models: readonly string[], world: CommandWorld): Promise<void> {
  for (const model of models) {
    const { contextTokens, slots, threads, outputTokensPerSecond: speed } = await local.ready(model);
    const facts = [
      `${contextTokens} tokens of context`,
      `${slots} at once`,
      ...(threads === undefined ? [] : [`threads: ${threads}`]),
      ...(speed === undefined ? [] : [`${speed.toFixed(1)} tokens/s`]),
    ];
    world.out(`Loaded ${printable(model)}: ${facts.join(', ')}\n`);
  }
}

function describe({ url, token }: RunningServer, models: readonly string[], { place }: FoundToken): string {
  const places = {
    file: () => `in ${place.kind === 'file' ? place.path : ''}`,
    environment: () => `in ${tokenVariable}`,
    shown: () => `${token} (made for this run)`,
  };
  return [
    `Listening on ${url}`,
    `  OpenAI clients:    baseURL ${url}/v1`,
    `  Anthropic clients: baseURL ${url}`,
    `  Models: ${models.map((model) => printable(model)).join(', ')}`,
    `  API key: ${places[place.kind]()}`,
    '',
  ].join('\n');
}

function isSystemError(error: unknown): error is Error {
  return error instanceof Error && 'syscall' in error;
}

function processWorld(): CommandWorld {
  return {
    open: async (asked) => (await import('./open-local.js')).openLocal(asked),
    out: (text) => process.stdout.write(text),
    error: (text) => process.stderr.write(text),
    isTerminal: process.stdout.isTTY === true,
    environment: process.env,
    ended: () =>
      new Promise((resolve) => {
        // The first asks gently; the listeners are gone by then, so that a second one ends the process at once.
        const end = () => {
          process.off('SIGINT', end).off('SIGTERM', end);
          resolve();
        };
        process.on('SIGINT', end).on('SIGTERM', end);
      }),
  };
}
