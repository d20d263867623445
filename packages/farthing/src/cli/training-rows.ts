import { everyRoute } from '../routing/predictor-file.js';
import { createLatestLabels, type LatestLabels } from './latest-labels.js';
import type { RecordSource } from './record-source.js';
import { type Label, type Question, readTrainingLine, type TrainingLine } from './training-line.js';

/** The latest outcomes of a route that are learned from. */
export const mostOutcomes = 10_000;
/** Lines that could not be used and are told one by one. */
const mostFaults = 5;

/** What was found in the files. */
export interface TrainingRows {
  /** Lines by kind, blank ones left out. */
  readonly lines: Readonly<Record<TrainingLine['kind'], number>>;
  /** Records of calls that have their text. */
  readonly callsWithText: number;
  /** Lines of routes that were not asked for. */
  readonly ofOtherRoutes: number;
  /** The first rows and outcomes that can't be used: where they stand, and why. */
  readonly faults: readonly string[];
  /** How many calls, or rows, each route has outcomes of that are to be learned from. */
  readonly outcomesOf: ReadonlyMap<string, number>;
  /** Those that have a text, in the order of the files. Reads the files once more. */
  readonly withTurns: () => AsyncIterable<TrainingRow>;
}

/** A question, and how good the answers to it were. */
export interface TrainingRow extends Question {
  readonly route: string;
  readonly label: Label;
}

/** What is looked for. */
export interface TrainingRowsOptions {
  readonly sources: readonly Pick<RecordSource, 'path' | 'lines'>[];
  /** Only this route; rows that name none are of it. `undefined`: all routes, and such rows are for each of them. */
  readonly route?: string | undefined;
  /** @default 10000 */
  readonly most?: number | undefined;
}

/**
 * Reads files twice: first the outcomes, of which the latest are kept, then the texts of these alone. So lines may come in
 * any order, and memory grows with what is kept, not with the files. Lines never make it fail; errors of the disk do.
 */
export async function readTrainingRows(options: TrainingRowsOptions): Promise<TrainingRows> {
  const { sources, most = mostOutcomes } = options;
  const routes = new Map<string, LatestLabels>();
  const lines = { row: 0, outcome: 0, call: 0, other: 0, torn: 0, foreign: 0, invalid: 0 };
  const faults: string[] = [];
  let [callsWithText, ofOtherRoutes] = [0, 0];

  for await (const { line, key, place } of linesOf(sources)) {
    lines[line.kind]++;
    if (line.kind === 'call' && line.hasText) callsWithText++;
    if (line.kind === 'invalid' && faults.length < mostFaults) faults.push(`${place}: ${line.reason}`);
    if (line.kind !== 'row' && line.kind !== 'outcome') continue;
    const route = line.label.route ?? options.route ?? everyRoute;
    if (options.route !== undefined && route !== options.route) {
      ofOtherRoutes++;
      continue;
    }
    const latest = routes.get(route) ?? createLatestLabels(most);
    routes.set(route, latest);
    latest.add(line.kind === 'row' ? key : callKey(line.call), line.label);
  }

  const outcomesOf = new Map<string, number>();
  const wanted = new Map<string, Omit<TrainingRow, keyof Question>[]>();
  for (const [route, latest] of routes) {
    const labels = latest.finish();
    outcomesOf.set(route, labels.size);
    for (const [key, label] of labels) wanted.set(key, [...(wanted.get(key) ?? []), { route, label }]);
  }

  async function* withTurns(): AsyncGenerator<TrainingRow> {
    const left = new Map(wanted);
    for await (const { line, key } of linesOf(sources)) {
      if (line.kind !== 'row' && line.kind !== 'call') continue;
      const own = line.kind === 'row' ? key : callKey(line.id);
      const found = left.get(own);
      const question = found && (line.kind === 'row' ? line.question : line.question());
      if (!found || !question) continue;
      left.delete(own); // two records of one id are one call
      for (const row of found) yield { ...row, ...question };
    }
  }
  return { lines, callsWithText, ofOtherRoutes, faults, outcomesOf, withTurns };
}

/** A row is known by its line, a call by its id: neither may pass for the other. */
function callKey(id: string): string {
  return `call ${id}`;
}

async function* linesOf(
  sources: TrainingRowsOptions['sources'],
): AsyncGenerator<{ readonly line: TrainingLine; readonly key: string; readonly place: string }> {
  for (const [file, source] of sources.entries()) {
    let number = 0;
    for await (const text of source.lines()) {
      number++;
      if (text?.trim() === '') continue;
      yield { line: readTrainingLine(text), key: `row ${file}:${number}`, place: `${source.path}:${number}` };
    }
  }
}
