/**
 * Cascades, cheap first, on outcomes of two targets: `npm run bench -- cascade --data FILE… [--cv 5] [--seed 1]
 * [--price MODEL=IN/OUT …]`. A row is one line of JSON: `{ benchmark, prompt, weak_score, strong_score }`, and what it has of
 * answers (`weak_response`, `responses`), lengths (`weak_response_chars`), scores of other models (`scores`) and costs.
 *
 * All figures are cross-validated, with prompts that share a 12-word run in one fold. `prior` knows the question alone;
 * `scorer` the weak target's answer, too, as far as the rows have it; `agreement` escalates first where a second cheap model
 * disagrees, and by the prior among equals. The second model of a fold is chosen on the other folds. Shares (CPT) count
 * calls of the strongest target; dollars count everything, per 1,000 calls.
 */
import { parseArgs } from 'node:util';
import { seeded } from '../packages/farthing/src/audit/seeded-random.js';
import {
  type AnswerRow,
  fitAnswerModel,
  predictAnswer,
  readAnswerRow,
} from '../packages/farthing/src/routing/cascade/answer-model.js';
import { readPassages } from '../packages/farthing/src/routing/features/passages.js';
import { readWords } from '../packages/farthing/src/routing/features/words.js';
import { foldsOf } from '../packages/farthing/src/routing/predictor/folds.js';
import { finish } from '../packages/farthing/src/routing/predictor/steps.js';
import { readLines } from './questions.js';
import {
  type Assumption,
  agreementCalls,
  assumptions,
  chooseSeconds,
  type RankedRow,
  secondModels,
} from './routing/agreement.js';
import { type CascadeRow, weakAnswerOf } from './routing/cascade-rows.js';
import { dollarsOf, pricesWith } from './routing/dollars.js';
import { type EscalationFigures, escalationFigures, legsOf } from './routing/escalation.js';

const { values, positionals } = parseArgs({
  options: {
    data: { type: 'string', multiple: true },
    cv: { type: 'string', default: '5' },
    seed: { type: 'string', default: '1' },
    price: { type: 'string', multiple: true, default: [] },
  },
  allowPositionals: true,
});
const files = [...(values.data ?? []), ...positionals];
if (files.length === 0) {
  console.error(
    'Expected --data FILE…: JSONL of { benchmark, prompt, weak_score, strong_score } and what it has of answers.',
  );
  process.exit(2);
}
const folds = Number(values.cv);
const seed = Number(values.seed);
const prices = pricesWith(values.price);

const scopes = new Map<string, CascadeRow[]>();
for (const row of files.flatMap((file) => readLines<CascadeRow>(file)))
  scopes.set(row.benchmark, [...(scopes.get(row.benchmark) ?? []), row]);

const table: Record<string, Record<string, unknown>> = {};
const summary: Record<string, unknown> = {};
for (const [scope, rows] of scopes) {
  const foldOf = finish(
    foldsOf(
      rows.map(({ prompt }) => readPassages(readWords(prompt), Number.POSITIVE_INFINITY)),
      folds,
      seeded(seed),
    ),
  );
  const methods = new Map<string, EscalationFigures>();
  const prior = rankOutOfFold(rows, foldOf, () => ({ answer: undefined, length: 0 }));
  methods.set('prior', figuresBy(rows, prior));
  const known = answersKnown(rows);
  if (known !== 'nothing')
    methods.set(
      `scorer (${known})`,
      figuresBy(
        rows,
        rankOutOfFold(rows, foldOf, (row) =>
          known === 'answers'
            ? { answer: weakAnswerOf(row) ?? '' }
            : { answer: undefined, length: row.weak_response_chars ?? 0 },
        ),
      ),
    );
  const trusted = trustedFolds(rows, prior, foldOf);
  const ranked = rows.map((row, index): RankedRow => {
    const fold = foldOf[index] ?? 0;
    return { row, prior: trusted[fold] ? (prior[index] ?? 0.5) : 0.5, fold };
  });
  const names = isRightOrWrong(rows) ? secondModels(rows, prices) : [];
  const hasAnswers = rows.every((row) => row.responses);
  for (const assumption of names.length === 0 ? [] : hasAnswers ? (['disagree'] as const) : assumptions) {
    const { figures, seconds } = byAgreement(ranked, names, assumption);
    methods.set(`agreement with ${seconds}${hasAnswers ? '' : `, both wrong: ${assumption}`}`, figures);
  }
  for (const [method, { apgr, cpt50, cpt80, usd }] of methods)
    table[`${scope}: ${method}`] = {
      apgr: rounded(apgr),
      cpt50: rounded(cpt50),
      cpt80: rounded(cpt80),
      ...(usd && {
        strong$: rounded(usd.alwaysStrong),
        equal$: rounded(usd.equalQuality),
        'equal/strong': rounded(usd.ratio),
      }),
    };
  summary[scope] = summaryOf(rows.length, methods);
  console.error(`${scope}: ${rows.length} rows`);
}

console.log(`Cross-validation in ${folds} folds; prompts that share a 12-word run are in one fold.`);
console.log('`prior` asks nobody: its dollars are those of a cascade that always pays the weak target first.');
console.log(
  'scorer (lengths): the rows have no answers, only how long the weak one is; that and the question are all it knows.',
);
console.log(
  [
    'agreement: where the rows have scores and no answers, two right answers agree, a right and a wrong one do not, and of',
    'two wrong ones it is not known. The bounds are that all `agree` and all `disagree`; `chance` takes each wrong choice for',
    'equally likely; `correlated` takes 60 %, as was found of models that both err (Kim et al. 2025), and is what the last',
    'line counts, beside the others. A prior that did not tell other folds apart orders nothing there.',
  ].join('\n'),
);
console.table(table);
console.log(JSON.stringify(summary));

/** Ranks within each fold, from 0 to 1, by a model that saw none of it: the higher, the more it needs the strongest target. */
function rankOutOfFold(
  rows: readonly CascadeRow[],
  foldOf: Uint8Array,
  textOf: (row: CascadeRow) => { readonly answer: string | undefined; readonly length?: number },
): Float64Array {
  const read = rows.map((row): AnswerRow => readAnswerRow({ turn: row.prompt, ...textOf(row) }));
  const ranks = new Float64Array(rows.length);
  for (let fold = 0; fold < folds; fold++) {
    const learned = [...rows.keys()].filter((index) => foldOf[index] !== fold);
    const model = finish(
      fitAnswerModel(
        learned.flatMap((index) => read[index] ?? []),
        Float64Array.from(learned, (index) => (rows[index]?.strong_score ?? 0) - (rows[index]?.weak_score ?? 0)),
        seeded(seed + fold),
      ),
    );
    const tested = [...rows.keys()].filter((index) => foldOf[index] === fold);
    const gains = tested.map((index) => (read[index] ? predictAnswer(model, read[index]) : 0));
    const sorted = Float64Array.from(gains).sort();
    for (const [at, index] of tested.entries()) ranks[index] = (sorted.indexOf(gains[at] ?? 0) + 0.5) / tested.length;
  }
  return ranks;
}

function figuresBy(rows: readonly CascadeRow[], scores: Float64Array): EscalationFigures {
  return escalationFigures(
    rows.map((row, index) => ({
      score: scores[index] ?? 0,
      weak: row.weak_score,
      strong: row.strong_score,
      weight: 1,
      dollars: legsOf(dollarsOf(row, prices)),
    })),
  );
}

function byAgreement(
  ranked: readonly RankedRow[],
  names: readonly string[],
  assumption: Assumption,
): { readonly figures: EscalationFigures; readonly seconds: string } {
  const seconds = chooseSeconds(ranked, names, assumption, prices);
  const calls = [...seconds].flatMap(([fold, second]) =>
    agreementCalls(
      ranked.filter((each) => each.fold === fold),
      second,
      assumption,
      prices,
    ),
  );
  const chosen = [...new Set(seconds.values())].map((name) => name.replace(/^.*\//, ''));
  return { figures: escalationFigures(calls), seconds: chosen.join(' or ') };
}

function answersKnown(rows: readonly CascadeRow[]): 'answers' | 'lengths' | 'nothing' {
  if (rows.every((row) => weakAnswerOf(row) !== undefined)) return 'answers';
  return rows.every((row) => row.weak_response_chars !== undefined) ? 'lengths' : 'nothing';
}

/** Whether scores are only 0 and 1: of others it can't be said what agrees. */
function isRightOrWrong(rows: readonly CascadeRow[]): boolean {
  return rows.every(({ weak_score: score }) => score === 0 || score === 1);
}

/** Whether the prior was better than chance on the other folds. */
function trustedFolds(rows: readonly CascadeRow[], prior: Float64Array, foldOf: Uint8Array): boolean[] {
  return Array.from({ length: folds }, (_, fold) => {
    const others = [...rows.keys()].filter((index) => foldOf[index] !== fold);
    const scores = Float64Array.from(others, (index) => prior[index] ?? 0);
    const known = others.flatMap((index) => rows[index] ?? []);
    return figuresBy(known, scores).apgr > 0.5;
  });
}

/** The best method of a benchmark by its area; of agreement under several assumptions, `correlated` counts. */
function summaryOf(n: number, methods: ReadonlyMap<string, EscalationFigures>): Record<string, unknown> {
  const agreed = [...methods].filter(([name]) => name.startsWith('agreement'));
  const counted = [...methods].filter(([name]) => !name.includes('both wrong') || name.endsWith('correlated'));
  const [best] = counted.toSorted(([, a], [, b]) => b.apgr - a.apgr);
  if (!best) return { n };
  const [method, { apgr, cpt50, cpt80, usd }] = best;
  return {
    n,
    method,
    apgr: rounded(apgr),
    cpt50: rounded(cpt50),
    cpt80: rounded(cpt80),
    usd: usd && Object.fromEntries(Object.entries(usd).map(([name, value]) => [name, rounded(value)])),
    ...(agreed.length > 1 && {
      agreement: Object.fromEntries(agreed.map(([name, figures]) => [name, rounded(figures.apgr)])),
    }),
  };
}

function rounded(value: number): number {
  return Number(value.toFixed(4));
}
