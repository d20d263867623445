/**
 * Questions of many people about everything, each asked after all the others are stored, as the default configuration
 * decides: `npm run bench -- cache-background --questions FILE... [--embedder minilm|lexical]`. Files are JSONL of `text`.
 * Hardly any two are the same, so every hit is printed to be read: there are no labels.
 */
import { parseArgs } from 'node:util';
import { createExactIndex } from '../packages/farthing/src/cache/semantic/exact-index.js';
import { createVectorCodes } from '../packages/farthing/src/cache/semantic/vector-codes.js';
import { strictScore } from '../packages/farthing/src/cache/semantic/weigh.js';
import { embedAll, embedderOf, readLines, weighPair } from './questions.js';

const { values } = parseArgs({
  options: {
    questions: { type: 'string', multiple: true },
    embedder: { type: 'string', default: 'minilm' },
  },
});
if (!values.questions) {
  console.error('Expected --questions FILE, once or more: JSONL of { text }.');
  process.exit(2);
}
const neighbours = 5;
const texts = [
  ...new Set(values.questions.flatMap((file) => readLines<{ text: string }>(file)).map(({ text }) => text)),
];
const embedder = embedderOf(values.embedder);
const embeddings = await embedAll(embedder, texts);
const vectorOf = (text: string): Float32Array => embeddings.get(text)?.vector ?? new Float32Array(embedder.dimensions);
const index = createExactIndex(createVectorCodes(embedder.dimensions));
for (const [id, text] of texts.entries()) index.add(id, vectorOf(text));

let hits = 0;
const seen = new Set<string>();
for (const [id, asked] of texts.entries()) {
  let best = { score: 0, stored: '' };
  for (const neighbour of index.nearest(vectorOf(asked), neighbours + 1)) {
    if (neighbour.id === id || neighbour.similarity < 0.3) continue;
    const stored = texts[neighbour.id] ?? '';
    const { score } = await weighPair(embedder, embeddings, asked, stored);
    if (score > best.score) best = { score, stored };
  }
  if (best.score < strictScore) continue;
  hits++;
  const pair = [asked, best.stored].sort().join('\n');
  if (seen.has(pair)) continue;
  seen.add(pair);
  console.log('HIT', best.score.toFixed(3), '|', asked, '|', best.stored);
}
console.log(JSON.stringify({ questions: texts.length, hits, pairs: seen.size }));
await embedder.close?.();
