/**
 * The router's predictor on outcomes of two targets:
 *
 *     npm run bench -- router --train FILE… --test FILE… [--labels N] [--seed S] [--embedder minilm|none]
 *     npm run bench -- router --train FILE… [--cv 5]      cross-validation, where there is nothing to test on
 *
 * A row is one line of JSON: `{ benchmark, prompt, weak_score, strong_score }`. Its `benchmark` is a scope: each learns
 * from its own outcomes alone, N of them with `--labels`; the prompts of the other rows are known without outcomes, as
 * traffic is. What scopes share is the prior: penalties, settings, and the basis for one with few texts. `--ungated`
 * scores without the evidence, too. `--feedback routed` shows each outcome of one target only, the one that the router
 * would have chosen (in blocks of 250, the 30 % of highest score to strong), and of both for a random `--audits` share.
 */
import { parseArgs } from 'node:util';
import { seeded } from '../packages/farthing/src/audit/seeded-random.js';
import { curveFigures, type ScoredCall } from '../packages/farthing/src/routing/curve.js';
import { denseNames } from '../packages/farthing/src/routing/features/dense.js';
import { type Features, readFeatures } from '../packages/farthing/src/routing/features/features.js';
import { readPassages } from '../packages/farthing/src/routing/features/passages.js';
import { readWords } from '../packages/farthing/src/routing/features/words.js';
import { type Basis, fitBasis } from '../packages/farthing/src/routing/predictor/basis.js';
import { shuffled } from '../packages/farthing/src/routing/predictor/draw.js';
import { type Estimator, estimateGain, fitEstimator } from '../packages/farthing/src/routing/predictor/estimator.js';
import { foldsOf } from '../packages/farthing/src/routing/predictor/folds.js';
import { type Model, predictGain, predictorOf } from '../packages/farthing/src/routing/predictor/model.js';
import type { Outcome } from '../packages/farthing/src/routing/predictor/outcome.js';
import { refit } from '../packages/farthing/src/routing/predictor/refit.js';
import { rowOf } from '../packages/farthing/src/routing/predictor/row.js';
import { finish } from '../packages/farthing/src/routing/predictor/steps.js';
import { readLines } from './questions.js';
import { byScope, type Known, outcomeOf, type Row, readKnown } from './routing/rows.js';

const { values, tokens } = parseArgs({
  options: {
    train: { type: 'string', multiple: true },
    test: { type: 'string', multiple: true },
    labels: { type: 'string' },
    seed: { type: 'string', default: '1' },
    embedder: { type: 'string', default: 'minilm' },
    cv: { type: 'string', default: '5' },
    ungated: { type: 'boolean', default: false },
    feedback: { type: 'string', default: 'full' },
    audits: { type: 'string', default: '0.1' },
  },
  allowPositionals: true,
  tokens: true,
});
const files = filesByFlag();
const labels = values.labels === undefined ? undefined : countOf('labels', values.labels);
const seed = countOf('seed', values.seed);
const folds = countOf('cv', values.cv);
if (values.feedback !== 'full' && values.feedback !== 'routed')
  throw new Error(`Expected --feedback full or routed, got '${values.feedback}'.`);
if (files.train.length + files.test.length === 0 || (files.train.length === 0 && labels !== 0)) {
  console.error('Expected --train FILE… and --test FILE…: JSONL of { benchmark, prompt, weak_score, strong_score }.');
  console.error('Without --train, --labels 0 says that nothing is learned.');
  process.exit(2);
}

const trainRows = files.train.flatMap((file) => readLines<Row>(file));
const testRows = files.test.flatMap((file) => readLines<Row>(file));
const known = await readKnown([...trainRows, ...testRows], labels === 0 ? 'none' : values.embedder);
const trained = byScope(known.slice(0, trainRows.length));
const tested = byScope(known.slice(trainRows.length));
const sharedBasis = basisOfAll(known.slice(0, trainRows.length));

const figures: Record<string, { n: number; apgr: number; cpt50: number; cpt80: number }> = {};
const tables: Record<string, unknown> = {};
const decisionsUs: number[] = [];
for (const [scope, rows] of tested.size > 0 ? tested : trained) {
  const began = performance.now();
  const { calls, models } = tested.size > 0 ? test(trained.get(scope) ?? [], rows) : crossValidate(rows);
  const { apgr, cpt50, cpt80 } = curveFigures(calls);
  figures[scope] = { n: calls.length, apgr: rounded(apgr), cpt50: rounded(cpt50), cpt80: rounded(cpt80) };
  tables[scope] = {
    ...figures[scope],
    labels: models.map((model) => model?.outcomes ?? 0).join(' '),
    gate: models.map((model) => (model?.evidence.isEnough ? 'open' : 'shut')).join(' '),
    seconds: rounded((performance.now() - began) / 1000),
  };
  console.error(`${scope}: ${JSON.stringify(tables[scope])}`);
}
console.log(
  tested.size > 0
    ? `Trained on ${trainRows.length} rows, tested on ${testRows.length} others.`
    : `Cross-validation in ${folds} folds over ${trainRows.length} rows; prompts that share a 12-word run are in one fold.`,
);
console.table(tables);
console.log(JSON.stringify({ ...figures, decision_us_p50: rounded(median(decisionsUs)) }));

/** Scores the rows of a scope by what its own training rows teach. */
function test(own: readonly Known[], rows: readonly Known[]): { calls: ScoredCall[]; models: (Model | undefined)[] } {
  const model = learn(own, seed);
  return { calls: rows.map((row) => score(model, row)), models: [model] };
}

function crossValidate(rows: readonly Known[]): { calls: ScoredCall[]; models: (Model | undefined)[] } {
  const passages = rows.map(({ row }) => readPassages(readWords(row.prompt), Number.POSITIVE_INFINITY));
  const foldOf = finish(foldsOf(passages, folds, seeded(seed)));
  const models: (Model | undefined)[] = [];
  const calls: ScoredCall[] = [];
  for (let fold = 0; fold < folds; fold++) {
    const model = learn(
      rows.filter((_, index) => foldOf[index] !== fold),
      seed + fold,
    );
    models.push(model);
    calls.push(...ranked(rows.filter((_, index) => foldOf[index] === fold).map((row) => score(model, row))));
  }
  return { calls, models };
}

/** Scores as shares of the fold below them, since the scores of two models can't be compared; ties share theirs. */
function ranked(calls: readonly ScoredCall[]): ScoredCall[] {
  return calls.map((call) => {
    const below = calls.filter(({ score }) => score < call.score).length;
    const tied = calls.filter(({ score }) => score === call.score).length;
    return { ...call, score: (below + tied / 2) / calls.length };
  });
}

function learn(rows: readonly Known[], seedOfScope: number): Model | undefined {
  const random = seeded(seedOfScope);
  const order = [...shuffled(rows.length, random)].flatMap((index) => rows[index] ?? []);
  const labelled = order.slice(0, labels ?? order.length);
  const texts = order.slice(labelled.length).map(({ features }) => features);
  const outcomes = values.feedback === 'routed' ? routedOutcomes(labelled, random) : labelled.map(outcomeOf);
  return finish(refit({ outcomes, texts, sharedBasis, random }))?.model;
}

/** What a router sees that learns as it goes: one target's answer for most calls, both for those that are audited. */
function routedOutcomes(rows: readonly Known[], random: () => number): Outcome[] {
  const [block, strongShare, auditShare] = [250, 0.3, Number(values.audits)];
  const basis = finish(
    fitBasis(
      rows.map(({ features }) => features),
      random,
    ),
  );
  const seen = rows.map(({ features }) => rowOf(features, basis));
  const columns = denseNames.length + basis.grams.columns.length;
  const outcomes: Outcome[] = [];
  let estimator: Estimator | undefined;
  let fitted = 0;
  for (let from = 0; from < rows.length; from += block) {
    if (outcomes.length > 1.2 * fitted) {
      estimator = finish(fitEstimator(seen.slice(0, from), outcomes, columns, random));
      fitted = outcomes.length;
    }
    const scores = seen.slice(from, from + block).map((row) => (estimator ? estimateGain(estimator, row) : random()));
    const threshold = scores.toSorted((a, b) => b - a)[Math.floor(strongShare * scores.length)] ?? 0;
    for (const [index, score] of scores.entries()) {
      const known = rows[from + index];
      if (!known) continue;
      const routed = score > threshold ? 'strong' : 'weak';
      const audited = random() < auditShare;
      const propensity = estimator ? 1 : routed === 'strong' ? strongShare : 1 - strongShare;
      const other = routed === 'strong' ? 'weak' : 'strong';
      outcomes.push({ ...outcomeOf(known), routed, propensity, audited, ...(audited ? {} : { [other]: undefined }) });
    }
  }
  return outcomes;
}

/** Scores a row as a call is: features anew from the text, only the embedding is there already. */
function score(model: Model | undefined, { row, features }: Known): ScoredCall {
  const predictor =
    values.ungated && model ? { score: (read: Features) => predictGain(model, read) } : predictorOf(model);
  const began = performance.now();
  const decided = predictor.score(readFeatures(row.prompt, features.embedding));
  decisionsUs.push((performance.now() - began) * 1000);
  return { score: decided, weak: row.weak_score, strong: row.strong_score };
}

/** What a scope with few texts sees them through: a basis of at most 4,000 texts of all scopes. */
function basisOfAll(all: readonly Known[]): Basis | undefined {
  if (all.length === 0) return undefined;
  const random = seeded(seed);
  const some = [...shuffled(all.length, random).slice(0, 4000)].flatMap((index) => all[index]?.features ?? []);
  return finish(fitBasis(some, random));
}

/** Files stand behind `--train` and `--test`, one or several behind each. */
function filesByFlag(): { train: string[]; test: string[] } {
  const found = { train: [] as string[], test: [] as string[] };
  let flag: string | undefined;
  for (const token of tokens) {
    if (token.kind === 'option') {
      flag = token.name;
      if (flag === 'train' || flag === 'test') found[flag].push(token.value ?? '');
    } else if (token.kind === 'positional') {
      if (flag !== 'train' && flag !== 'test')
        throw new Error(`Expected --train or --test before the file '${token.value}'.`);
      found[flag].push(token.value);
    }
  }
  return found;
}

function countOf(flag: string, text: string): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number >= 0) return number;
  throw new Error(`Expected --${flag} to be a whole number, got '${text}'.`);
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? 0;
}

function rounded(value: number): number {
  return Number(value.toFixed(4));
}
