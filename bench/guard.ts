/**
 * How well the semantic cache's guard tells questions apart, without embeddings:
 * `npm run bench -- guard --data DIR [--pairs FILE]... [--sample N] [--show false|missed]`. DIR holds the pair sets of
 * `shared/data/cache`; FILE is JSONL `{a, b, same, category}`. Development pairs and those that were kept from training and
 * tuning (three in ten, by a hash of their text) are reported apart.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { compare, readQuestion, type Verdict } from '../packages/farthing/src/cache/guard/compare.js';
import { isUnseen, type LabelledPair } from '../packages/farthing/src/cache/guard/pair-split.js';
import { verifierThreshold, verify } from '../packages/farthing/src/cache/guard/verify.js';

interface Judged extends LabelledPair {
  readonly verdict: Verdict;
  readonly probability: number;
  readonly served: boolean;
  readonly reasons: string;
}

interface Score {
  readonly pairs: number;
  /** Of the same pairs, those that would be served. */
  readonly hitRate: number;
  /** Of the different pairs, those that would be served. */
  readonly falseHitRate: number;
  readonly auc: number;
  /** Of the same pairs, those that the rules alone call different. */
  readonly vetoedSame: number;
  /** Of the same and of the different pairs, those that the rules alone call same. */
  readonly sameByRules: readonly [number, number];
}

function judge(pair: LabelledPair): Judged {
  const comparison = compare(pair.a, pair.b);
  const probability = verify({ comparison });
  const served = comparison.verdict === 'same' || (comparison.verdict === 'unsure' && probability >= verifierThreshold);
  return {
    ...pair,
    verdict: comparison.verdict,
    probability,
    served,
    reasons: comparison.reasons.map((reason) => `${reason.code} (${reason.left} / ${reason.right})`).join(', '),
  };
}

const round = (value: number): number => Number(value.toFixed(4));

function share<Item>(items: readonly Item[], fits: (item: Item) => boolean): number {
  return items.length === 0 ? Number.NaN : round(items.filter(fits).length / items.length);
}

/** The chance that a same pair scores higher than a different one, by ranks. */
function areaUnderCurve(judged: readonly Judged[]): number {
  const sorted = [...judged].sort((one, other) => one.probability - other.probability);
  const same = sorted.filter((pair) => pair.same).length;
  let ranks = 0;
  for (let from = 0; from < sorted.length; ) {
    let to = from;
    while (to < sorted.length && sorted[to]?.probability === sorted[from]?.probability) to++;
    for (let at = from; at < to; at++) if (sorted[at]?.same) ranks += (from + to + 1) / 2;
    from = to;
  }
  return round((ranks - (same * (same + 1)) / 2) / (same * (sorted.length - same)));
}

function scoreOf(judged: readonly Judged[]): Score {
  const same = judged.filter((pair) => pair.same);
  const different = judged.filter((pair) => !pair.same);
  return {
    pairs: judged.length,
    hitRate: share(same, (pair) => pair.served),
    falseHitRate: share(different, (pair) => pair.served),
    auc: areaUnderCurve(judged),
    vetoedSame: share(same, (pair) => pair.verdict === 'different'),
    sameByRules: [share(same, (pair) => pair.verdict === 'same'), share(different, (pair) => pair.verdict === 'same')],
  };
}

/** Per category, what was decided right: different pairs not served, same pairs served. */
function byCategory(judged: readonly Judged[]): Record<string, Record<string, string>> {
  const table: Record<string, Record<string, string>> = {};
  for (const name of [
    ...new Set(judged.map((pair) => `${pair.same ? 'same' : 'different'}: ${pair.category}`)),
  ].sort()) {
    const of = judged.filter((pair) => name === `${pair.same ? 'same' : 'different'}: ${pair.category}`);
    const right = (pairs: readonly Judged[]): string =>
      `${pairs.filter((pair) => pair.served === pair.same).length} of ${pairs.length}`;
    table[name] = { development: right(of.filter((pair) => !isUnseen(pair))), unseen: right(of.filter(isUnseen)) };
  }
  return table;
}

function readPairs(file: string): LabelledPair[] {
  if (!existsSync(file)) return [];
  return (
    readFileSync(file, 'utf8')
      .split('\n')
      .filter(Boolean)
      // The form of the files is said at the top.
      .map(
        (line) =>
          JSON.parse(line) as Omit<LabelledPair, 'same' | 'category'> & { same: boolean | number; category?: string },
      )
      .map((row) => ({ ...row, same: Boolean(row.same), category: row.category ?? '' }))
  );
}

function every<Item>(items: readonly Item[], count: number): Item[] {
  const step = Math.max(1, Math.floor(items.length / count));
  return items.filter((_, i) => i % step === 0).slice(0, count);
}

/** Microseconds of processor time. Typical: at most 20 words a side. */
function measureSpeed(pairs: readonly LabelledPair[]): Record<string, number> {
  const typical = pairs.filter(({ a, b }) => [a, b].every((text) => text.split(' ').length <= 20));
  const time = (of: readonly LabelledPair[], work: (pair: LabelledPair) => void, rounds: number): number => {
    const before = process.cpuUsage();
    for (let i = 0; i < rounds; i++) for (const pair of of) work(pair);
    const { user, system } = process.cpuUsage(before);
    return round((user + system) / (of.length * rounds));
  };
  const questions = new Map(typical.map((pair) => [pair, [readQuestion(pair.a), readQuestion(pair.b)] as const]));
  const compareRead = (pair: LabelledPair): void => {
    const [a, b] = questions.get(pair) ?? [pair.a, pair.b];
    verify({ comparison: compare(a, b) });
  };
  const long = 'a'.repeat(10).concat(' b c d, 5 km not the e f. ').repeat(150).slice(0, 3_990);
  const texts = (pair: LabelledPair): void => void compare(pair.a, pair.b);
  time(typical, texts, 10);
  time(typical, compareRead, 20);
  return {
    readPerQuestionUs: time(typical, (pair) => void readQuestion(pair.a), 10),
    comparePerPairUs: time(typical, compareRead, 20),
    fromTextPerPairUs: time(typical, texts, 10),
    longestPairUs: time([{ a: long, b: `${long.slice(9)} g h`, same: false, category: '' }], texts, 5),
  };
}

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    pairs: { type: 'string', multiple: true },
    sample: { type: 'string', default: '4000' },
    show: { type: 'string' },
  },
});
if (!values.data && !values.pairs) {
  console.error(
    'Expected --data DIR (with hard_pairs.jsonl, paws_qqp.jsonl, …) or --pairs FILE (JSONL of labelled pairs).',
  );
  process.exit(2);
}

const result: Record<string, unknown> = { threshold: verifierThreshold };
const scores: Record<string, Score> = {};
const measure = (name: string, pairs: readonly LabelledPair[]): Judged[] => {
  const judged = pairs.map(judge);
  if (judged.length > 0) scores[name] = scoreOf(judged);
  for (const pair of judged) {
    if (
      (values.show === 'false' && pair.served && !pair.same) ||
      (values.show === 'missed' && !pair.served && pair.same && !isUnseen(pair))
    )
      console.log(
        `${name} ${pair.category} ${pair.verdict} ${pair.probability.toFixed(2)}: ${pair.a} | ${pair.b} | ${pair.reasons}`,
      );
  }
  return judged;
};

const own = [...(values.data ? [join(values.data, 'hard_pairs.jsonl')] : []), ...(values.pairs ?? [])];
for (const file of own) {
  const pairs = readPairs(file);
  const name = file.split('/').at(-1) ?? file;
  measure(
    `${name} development`,
    pairs.filter((pair) => !isUnseen(pair)),
  );
  measure(`${name} unseen`, pairs.filter(isUnseen));
  const categories = byCategory(pairs.map(judge));
  console.table(categories);
  result[name] = categories;
}
if (values.data) {
  measure('paws_qqp', readPairs(join(values.data, 'paws_qqp.jsonl')));
  measure('gptcache_mock', readPairs(join(values.data, 'gptcache_mock.jsonl')));
  measure('qqp sample', every(readPairs(join(values.data, 'qqp_gptcache.jsonl')), Number(values.sample)));
  const streamFile = join(values.data, 'stream_qqp.json');
  if (existsSync(streamFile)) {
    // The form is said in the data's README.
    const stream = JSON.parse(readFileSync(streamFile, 'utf8')) as { cached: string[]; dup: [string, number][] };
    measure(
      'stream_qqp repeats',
      stream.dup.map(([a, at]) => ({ a, b: stream.cached[at] ?? '', same: true, category: 'repeat' })),
    );
  }
}
console.table(
  Object.fromEntries(
    Object.entries(scores).map(([name, { sameByRules, ...score }]) => [
      name,
      { ...score, sameByRules: sameByRules.join(' / ') },
    ]),
  ),
);
const first = own[0] === undefined ? [] : readPairs(own[0]);
const speed = first.length > 0 ? measureSpeed(first.filter((pair) => !isUnseen(pair))) : {};
console.table(speed);
console.log(JSON.stringify({ ...result, scores, speed }));
