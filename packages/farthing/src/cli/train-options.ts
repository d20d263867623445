import { parseArgs } from 'node:util';
import { type EmbedderName, embedderNames } from './text-embedder.js';
import { UsageError } from './usage-error.js';

/** What `farthing train` was asked to do. */
export interface TrainOptions {
  /** At least one. */
  readonly records: readonly string[];
  readonly out: string;
  readonly route: string | undefined;
  /** `undefined`: minilm, where it is installed. */
  readonly embedder: EmbedderName | undefined;
  readonly seed: number;
}

export const trainHelp = `farthing train: learns which calls need the strong target, from outcomes in JSONL

Usage: farthing train --records FILE [--records FILE…] --out FILE [options]

  --records FILE      A gate's record file, rotated ones too, or rows of your own; several, in any order.
                      A row: { "prompt" or "messages", "weak", "strong", "route"? }, quality from 0 to 1.
  --out FILE          Where to write what was learned.
  --route NAME        Learn for this route alone; rows that name no route are for it.
  --embedder NAME     minilm or none. Default: minilm where @farthing/minilm is installed.
  --seed N            The same seed and files give the same result. Default: 1.
  -h, --help          This.

Exit code: 0 a file was written, 1 there was nothing to learn from, 2 it can't be done as asked.
`;

/** The options; `help` where that was asked for. @throws UsageError that says what is wrong */
export function trainOptionsOf(args: readonly string[]): TrainOptions | 'help' {
  const { values, positionals } = parsed(args);
  if (values.help) return 'help';
  const records = values.records ?? [];
  if (records.length === 0) throw new UsageError('--records: expected at least one file, got none.');
  if (values.out === undefined || values.out === '') throw new UsageError('--out: expected a path, got none.');
  const embedder = embedderNames.find((name) => name === values.embedder);
  if (values.embedder !== undefined && embedder === undefined)
    throw new UsageError(`--embedder: expected ${embedderNames.join(' or ')}, got '${values.embedder}'.`);
  if (values.route === '') throw new UsageError('--route: expected a name, got none.');
  // a shell makes several of `--records calls.jsonl*`
  const files = [...records, ...positionals];
  if (files.includes(values.out))
    throw new UsageError(`--out: expected another file than the records, got '${values.out}'. It would be lost.`);
  return { records: files, out: values.out, route: values.route, embedder, seed: seedOf(values.seed) };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        records: { type: 'string', multiple: true },
        out: { type: 'string' },
        route: { type: 'string' },
        embedder: { type: 'string' },
        seed: { type: 'string', default: '1' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function seedOf(text: string): number {
  const seed = Number(text);
  if (/^\d+$/.test(text) && seed < 2 ** 32) return seed;
  throw new UsageError(`--seed: expected a whole number from 0 to ${2 ** 32 - 1}, got '${text}'.`);
}
