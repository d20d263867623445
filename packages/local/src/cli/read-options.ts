import { type ParseArgsConfig, parseArgs } from 'node:util';
import { UsageError } from './usage-error.js';

/** Reads a command's options as `parseArgs` does. @throws UsageError */
export function readOptions<Config extends ParseArgsConfig>(config: Config): ReturnType<typeof parseArgs<Config>> {
  try {
    return parseArgs(config);
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/** The one FILE of a command. @throws UsageError */
export function oneFile(command: string, positionals: readonly string[]): string {
  const [file, ...others] = positionals;
  if (file !== undefined && file !== '' && others.length === 0) return file;
  throw new UsageError(
    others.length === 0
      ? `${command}: expected a FILE, got none.`
      : `${command}: expected one FILE, got ${positionals.length}. Put a path with spaces into quotes.`,
  );
}

/** An option that has to be there. @throws UsageError */
export function needed(command: string, option: string, value: string | undefined): string {
  if (value !== undefined && value !== '') return value;
  throw new UsageError(`${command}: expected ${option}, got none.`);
}
