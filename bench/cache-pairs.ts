/**
 * Pairs of questions as the semantic cache decides by default: `npm run bench -- cache-pairs --pairs FILE
 * [--embedder minilm|lexical]`. A pair is one line of JSON: `{ a, b, same, category? }`; `a` is asked, `b` is stored.
 */
import { parseArgs } from 'node:util';
import { strictScore } from '../packages/farthing/src/cache/semantic/weigh.js';
import { areaUnder, embedAll, embedderOf, readLines, weighPair } from './questions.js';

const { values } = parseArgs({
  options: {
    pairs: { type: 'string' },
    embedder: { type: 'string', default: 'minilm' },
    verbose: { type: 'boolean', default: false },
  },
});
if (!values.pairs) {
  console.error('Expected --pairs FILE: JSONL of { a, b, same, category }.');
  process.exit(2);
}
const pairs = readLines<{ a: string; b: string; same: boolean; category?: string }>(values.pairs);
const embedder = embedderOf(values.embedder);
const embeddings = await embedAll(
  embedder,
  pairs.flatMap(({ a, b }) => [a, b]),
);

const scores: { score: number; same: boolean }[] = [];
const categories: Record<string, { same: number; hits: number; different: number; false_hits: number }> = {};
for (const { a, b, same, category = 'all' } of pairs) {
  const { score, comparison, similarity } = await weighPair(embedder, embeddings, a, b);
  scores.push({ score, same });
  categories[category] ??= { same: 0, hits: 0, different: 0, false_hits: 0 };
  const count = categories[category];
  const hit = score >= strictScore;
  count[same ? 'same' : 'different']++;
  if (hit) count[same ? 'hits' : 'false_hits']++;
  if (values.verbose && hit !== same)
    console.log(
      same ? 'MISSED' : 'WRONG',
      similarity.toFixed(3),
      score.toFixed(3),
      category,
      '|',
      a,
      '|',
      b,
      '|',
      comparison.reasons[0]?.code,
    );
}
console.table(categories);
const sum = (name: 'same' | 'hits' | 'different' | 'false_hits'): number =>
  Object.values(categories).reduce((all, count) => all + count[name], 0);
const rate = (part: number, whole: number): number => Number((part / Math.max(1, whole)).toFixed(4));
console.log(
  JSON.stringify({
    pairs: pairs.length,
    hit_rate: rate(sum('hits'), sum('same')),
    false_hit_rate: rate(sum('false_hits'), sum('different')),
    auc: Number(areaUnder(scores).toFixed(4)),
    by_category: Object.fromEntries(
      Object.entries(categories).map(([name, count]) => [
        name,
        { hit_rate: rate(count.hits, count.same), false_hits: count.false_hits },
      ]),
    ),
  }),
);
await embedder.close?.();
