/**
 * The bound on the router's net loss: `npm run bench -- router-bound --data FILE… [--splits 20] [--embedder minilm|none]`.
 * Each scope is cut in halves that share no passage, again and again. On one half the model is trained and the threshold
 * chosen, for a net loss of at most 1, 2 and 5 %; on the other the loss is measured. `random` and `oracle` are the shares
 * of strong calls that a coin and one who knows all gains would need there, knowing the gap.
 *
 * Then each scope's rows as live traffic through a gate whose route learns from audits and holds the loss by itself
 * (`maxQualityLoss`), until the cheapest target turns bad in silence: how much it saved, and how long it took to be revoked.
 * `--stream-calls N` (10000; 0 leaves it out), `--audits SHARE` (0.1).
 */
import { parseArgs } from 'node:util';
import { seeded } from '../packages/farthing/src/audit/seeded-random.js';
import { foldsOf } from '../packages/farthing/src/routing/predictor/folds.js';
import { predictorOf } from '../packages/farthing/src/routing/predictor/model.js';
import { refit } from '../packages/farthing/src/routing/predictor/refit.js';
import { finish } from '../packages/farthing/src/routing/predictor/steps.js';
import { lowestThreshold } from '../packages/farthing/src/routing/threshold.js';
import { readLines } from './questions.js';
import { runStream, type StreamFigures } from './routing/live-stream.js';
import { byScope, type Known, outcomeOf, type Row, readKnown } from './routing/rows.js';

const { values, positionals } = parseArgs({
  options: {
    data: { type: 'string', multiple: true },
    splits: { type: 'string', default: '20' },
    embedder: { type: 'string', default: 'minilm' },
    'stream-calls': { type: 'string', default: '10000' },
    audits: { type: 'string', default: '0.1' },
  },
  allowPositionals: true,
});
const files = [...(values.data ?? []), ...positionals];
if (files.length === 0) {
  console.error('Expected --data FILE…: JSONL of { benchmark, prompt, weak_score, strong_score }.');
  process.exit(2);
}
const targets = [0.01, 0.02, 0.05];

interface Check {
  readonly held: boolean;
  /** The loss is over the target by more than the check's own noise explains (one-sided 95 %). */
  readonly refuted: boolean;
  readonly share: number;
  readonly loss: number;
  readonly random: number;
  readonly oracle: number;
}

const scopes = byScope(
  await readKnown(
    files.flatMap((file) => readLines<Row>(file)),
    values.embedder,
  ),
);
const table: Record<string, Record<string, number>> = {};
const all: Check[] = [];
for (const [scope, rows] of scopes) {
  const checks = targets.map((): Check[] => []);
  for (let split = 0; split < Number(values.splits); split++) {
    for (const [index, check] of checkSplit(rows, split).entries()) checks[index]?.push(check);
    console.error(`${scope}: split ${split + 1} of ${values.splits}`);
  }
  for (const [index, target] of targets.entries()) {
    const done = checks[index] ?? [];
    all.push(...done);
    table[`${scope} ${100 * target} %`] = {
      held: mean(done.map(({ held }) => (held ? 1 : 0))),
      refuted: mean(done.map(({ refuted }) => (refuted ? 1 : 0))),
      strong_share: mean(done.map(({ share }) => share)),
      net_loss: mean(done.map(({ loss }) => loss)),
      random_share: mean(done.map(({ random }) => random)),
      oracle_share: mean(done.map(({ oracle }) => oracle)),
    };
  }
}
console.table(table);
const streams: Record<string, StreamFigures> = {};
const streamCalls = Number(values['stream-calls']);
for (const [scope, rows] of streamCalls > 0 ? scopes : [])
  for (const maxQualityLoss of targets.slice(1)) {
    const options = { calls: streamCalls, auditRate: Number(values.audits), maxQualityLoss, seed: 1 };
    streams[`${scope} ${100 * maxQualityLoss} %`] = await runStream(rows, options);
    console.error(`${scope}: stream at ${100 * maxQualityLoss} %`);
  }
if (streamCalls > 0) {
  console.log(
    `${streamCalls} live calls of which ${100 * Number(values.audits)} % are audited; then the cheapest target's answers become worthless.`,
  );
  console.table(streams);
}
console.log(
  JSON.stringify({
    settings: {
      splits: Number(values.splits),
      embedder: values.embedder,
      trained_on: 'one half',
      measured_on: 'the other',
    },
    checks: all.length,
    held: mean(all.map(({ held }) => (held ? 1 : 0))),
    refuted: mean(all.map(({ refuted }) => (refuted ? 1 : 0))),
    ...table,
    streams,
  }),
);

/** One check for each target. */
function checkSplit(rows: readonly Known[], split: number): Check[] {
  const random = seeded(split + 1);
  const half = finish(
    foldsOf(
      rows.map(({ features }) => features.passages),
      2,
      random,
    ),
  );
  const fitted = finish(refit({ outcomes: rows.filter((_, index) => half[index] === 0).map(outcomeOf), random }));
  const tested = rows.filter((_, index) => half[index] === 1);
  const predictor = predictorOf(fitted?.model);
  const scored = tested.map(({ row, features }) => ({
    score: predictor.score(features),
    gain: row.strong_score - row.weak_score,
  }));
  return targets.map((target) => {
    const found = fitted && predictor.evidence === 'learned' ? lowestThreshold(fitted.outOfFold, target) : undefined;
    const weak = found ? scored.filter(({ score }) => score < found.threshold) : [];
    const loss = weak.reduce((sum, { gain }) => sum + gain, 0) / scored.length;
    const square = weak.reduce((sum, { gain }) => sum + gain ** 2, 0) / scored.length;
    const noise = Math.sqrt((square - loss ** 2) / scored.length);
    return {
      held: loss <= target,
      refuted: loss - 1.645 * noise > target,
      share: 1 - weak.length / scored.length,
      loss,
      random: Math.max(0, 1 - target / meanGain(scored)),
      oracle: oracleShare(
        scored.map(({ gain }) => gain),
        target,
      ),
    };
  });
}

function meanGain(scored: readonly { gain: number }[]): number {
  return mean(
    scored.map(({ gain }) => gain),
    12,
  );
}

/** The share of strong calls that keeps the loss at the target for one who sends the smallest gains to weak. */
function oracleShare(gains: readonly number[], target: number): number {
  let [loss, weak] = [0, 0];
  for (const gain of gains.toSorted((a, b) => a - b)) {
    loss += gain / gains.length;
    if (loss > target) break;
    weak++;
  }
  return 1 - weak / gains.length;
}

function mean(numbers: readonly number[], digits = 4): number {
  return Number((numbers.reduce((sum, number) => sum + number, 0) / Math.max(1, numbers.length)).toFixed(digits));
}
