/**
 * What a running cache sees, decided as by default: `npm run bench -- cache-stream --stream FILE
 * [--embedder minilm|lexical]`. The file holds `{ cached: [question], dup: [[question, index into cached]], novel: [question] }`.
 * Its labels are loose both ways, so this is a check of cost and not a target.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { compare } from '../packages/farthing/src/cache/guard/compare.js';
import { cosine } from '../packages/farthing/src/cache/semantic/embeddings.js';
import { strictScore } from '../packages/farthing/src/cache/semantic/weigh.js';
import { embedAll, embedderOf, weighPair } from './questions.js';

const { values } = parseArgs({
  options: {
    stream: { type: 'string' },
    embedder: { type: 'string', default: 'minilm' },
    verbose: { type: 'boolean', default: false },
  },
});
if (!values.stream) {
  console.error('Expected --stream FILE: JSON of { cached, dup, novel }.');
  process.exit(2);
}
/** The guard's hard rules are looked at where the cosine is at least this. */
const vetoCosine = 0.85;
const neighbours = 5;
const { cached, dup, novel } = JSON.parse(readFileSync(values.stream, 'utf8')) as {
  cached: string[];
  dup: [string, number][];
  novel: string[];
}; // as the head of this file says
const embedder = embedderOf(values.embedder);
const embeddings = await embedAll(embedder, [...cached, ...dup.map(([question]) => question), ...novel]);
const vectors = cached.map((text) => embeddings.get(text)?.vector ?? new Float32Array());

/** The nearest stored questions, the most similar first. */
function nearest(question: string): { readonly index: number; readonly similarity: number }[] {
  const own = embeddings.get(question)?.vector ?? new Float32Array();
  return vectors
    .map((vector, index) => ({ index, similarity: cosine(own, vector) }))
    .sort((one, other) => other.similarity - one.similarity)
    .slice(0, neighbours);
}

async function decide(question: string): Promise<{ index: number; score: number; top: number; topIndex: number }> {
  const found = nearest(question);
  let best = { index: -1, score: 0 };
  for (const { index } of found) {
    const { score } = await weighPair(embedder, embeddings, question, cached[index] ?? '');
    if (score > best.score) best = { index, score };
  }
  return { ...best, top: found[0]?.similarity ?? 0, topIndex: found[0]?.index ?? -1 };
}

let [hits, right, novelHits, near, vetoed] = [0, 0, 0, 0, 0];
const tops: { similarity: number; right: boolean; repeat: boolean }[] = [];
for (const [question, label] of dup) {
  const { index, score, top, topIndex } = await decide(question);
  tops.push({ similarity: top, right: topIndex === label, repeat: true });
  if (score >= strictScore) {
    hits++;
    if (index === label) right++;
    else if (values.verbose) console.log('OTHER', score.toFixed(3), '|', question, '|', cached[index]);
  }
  const stored = cached[label] ?? '';
  const own = embeddings.get(question)?.vector ?? new Float32Array();
  if (cosine(own, embeddings.get(stored)?.vector ?? new Float32Array()) < vetoCosine) continue;
  near++;
  const { verdict, reasons } = compare(question, stored);
  if (verdict !== 'different') continue;
  vetoed++;
  if (values.verbose) console.log('VETO', reasons[0]?.code, '|', question, '|', stored);
}
for (const question of novel) {
  const { index, score, top } = await decide(question);
  tops.push({ similarity: top, right: false, repeat: false });
  if (score < strictScore) continue;
  novelHits++;
  if (values.verbose) console.log('NOVEL', score.toFixed(3), '|', question, '|', cached[index]);
}

/** The most repeats that the cosine alone finds at a precision, with the threshold chosen on these very rows. */
function cosineHitsAt(precision: number): number {
  const sorted = tops.toSorted((one, other) => other.similarity - one.similarity);
  let [best, all, good, repeats] = [0, 0, 0, 0];
  for (const row of sorted) {
    all++;
    if (row.right) good++;
    if (row.repeat) repeats++;
    if (good / all >= precision) best = repeats;
  }
  return best;
}
const rate = (part: number, whole: number): number => Number((part / Math.max(1, whole)).toFixed(4));
const result = {
  hit_rate: rate(hits, dup.length),
  precision: rate(right, hits + novelHits),
  novel_false_hit_rate: rate(novelHits, novel.length),
  hard_veto_share: rate(vetoed, near),
  minilm_hits_at_p97: rate(cosineHitsAt(0.97), dup.length),
  minilm_hits_at_p95: rate(cosineHitsAt(0.95), dup.length),
};
console.table(result);
console.log(JSON.stringify(result));
await embedder.close?.();
