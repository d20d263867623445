import { writePredictorFile } from '../routing/predictor-file.js';
import { readOutcomes } from './labelled-outcomes.js';
import { checkOutput, writeOutput } from './output-file.js';
import { openSources, type RecordSource } from './record-source.js';
import { learnRoute } from './route-findings.js';
import { openEmbedder } from './text-embedder.js';
import type { TrainOptions } from './train-options.js';
import { describeFindings, describeRows } from './training-report.js';
import { readTrainingRows } from './training-rows.js';

/** Where a command says things, each a line or several. */
export interface Terminal {
  /** What was asked for. */
  readonly print: (text: string) => void;
  /** How far it is, and what is in the way. */
  readonly tell: (text: string) => void;
}

/**
 * `farthing train`: learns offline from files of records, and writes what a gate can load. Answers whether there was
 * anything to learn from.
 * @throws UsageError where it can't be done as asked
 */
export async function train(options: TrainOptions, terminal: Terminal): Promise<boolean> {
  await checkOutput(options.out);
  const sources = await openSources(options.records);
  try {
    return await trainFrom(sources, options, terminal);
  } finally {
    await Promise.all(sources.map(({ close }) => close()));
  }
}

/** Outcomes after which it is told how far it is: ten batches. */
const progressStep = 2560;

async function trainFrom(
  sources: readonly RecordSource[],
  { out, route, embedder: name, seed }: TrainOptions,
  { print, tell }: Terminal,
): Promise<boolean> {
  const rows = await readTrainingRows({ sources, route });
  const nothing = (): boolean => {
    print(describeRows(rows, sources.length, 0));
    tell(
      'Expected outcomes with the text of their call, or rows with `prompt` and `weak` or `strong`, got none: no file was written.',
    );
    return false;
  };
  if (rows.outcomesOf.size === 0) return nothing();

  const embedder = await openEmbedder(name, tell);
  const outcomes = await readOutcomes(rows.withTurns(), embedder, (done) => {
    if (done % progressStep === 0) tell(`read ${done} outcomes`);
  }).finally(() => embedder?.close?.());
  if (outcomes.size === 0) return nothing();

  const learned = [...outcomes.values()].reduce((sum, { length }) => sum + length, 0);
  print(`${describeRows(rows, sources.length, learned)}\nEmbedder: ${embedder?.id ?? 'none'}.\n`);
  const findings = [...outcomes]
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([each, own]) => {
      tell(`learning route ${JSON.stringify(each)} from ${own.length} outcomes`);
      return learnRoute(each, own, seed);
    });
  print(describeFindings(findings));
  const file = writePredictorFile({
    embedder: embedder?.id,
    routes: new Map(findings.map(({ route: each, model }) => [each, model])),
  });
  await writeOutput(out, file);
  print(`\nWrote ${out}, ${sizeOf(Buffer.byteLength(file))}.`);
  return true;
}

function sizeOf(bytes: number): string {
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
