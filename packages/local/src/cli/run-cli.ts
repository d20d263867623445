import packageJson from '../../package.json' with { type: 'json' };
import { isLocalError } from '../local-error.js';
import { printableLines } from '../printable.js';
import type { Terminal } from './terminal.js';
import { UsageError } from './usage-error.js';

type Command = (args: readonly string[], terminal: Terminal) => Promise<number>;

/** Each is loaded when it is asked for: nobody waits for the server's parts to sign a file. */
const commands: ReadonlyMap<string, Command> = new Map<string, Command>([
  ['serve', async (args) => (await import('../serve/serve-command.js')).serveCommand(args)],
  ['inspect', async (args, terminal) => (await import('./inspect.js')).inspect(args, terminal)],
  ['keygen', async (args, terminal) => (await import('./keygen.js')).keygen(args, terminal)],
  ['sign', async (args, terminal) => (await import('./sign.js')).sign(args, terminal)],
  ['verify', async (args, terminal) => (await import('./verify.js')).verify(args, terminal)],
]);

const help = `farthing-local: a quantized model on your own machine behind the OpenAI and Anthropic clients

Usage: farthing-local COMMAND [options]

  serve     Serve models on this machine to OpenAI and Anthropic clients.
  inspect   Say what a GGUF file holds and how much memory it takes.
  keygen    Make a pair of keys to sign models with.
  sign      Vouch for a model: write a signed manifest beside it.
  verify    Check a model against its manifest.

farthing-local COMMAND --help says more. farthing-local --version says which release this is.`;

/**
 * Runs a command. Never fails.
 * @returns the exit status: 0 done, 1 refused or failed, 2 a command line that can't be followed
 */
export async function runCli([name, ...args]: readonly string[], terminal: Terminal): Promise<number> {
  if (name === '--help' || name === '-h' || name === 'help') {
    terminal.print(help);
    return 0;
  }
  if (name === '--version' || name === '-v') {
    terminal.print(packageJson.version);
    return 0;
  }
  const command = commands.get(name ?? '');
  if (!command) {
    terminal.tell(
      `${name === undefined ? 'Expected a command, got none' : `Expected a command, got '${name}'`}.\n\n${help}`,
    );
    return 2;
  }
  try {
    return await command(args, terminal);
  } catch (error) {
    if (error instanceof UsageError) {
      terminal.tell(`${error.message}\n\`farthing-local ${name} --help\` says more.`);
      return 2;
    }
    const isTold = isLocalError(error) || (error instanceof Error && 'syscall' in error);
    const text = isTold ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error);
    // A file that nobody vouches for may be quoted in it.
    terminal.tell(printableLines(text));
    return 1;
  }
}
