/**
 * How fast the semantic cache is: `npm run bench -- cache-speed --data DIR [--seed 1]`. DIR holds `banking77.jsonl` and
 * `clinc150.jsonl` (JSONL of `text`) and `stream_qqp.json` (`{ cached: [question], dup: [[question, …]] }`). All of it
 * runs from the source, which the loader makes a fifth slower than what ships.
 */
import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs, promisify } from 'node:util';
import { createGate, type Embedder, type Embedding, type Gate } from 'farthing';
import { readQuestion } from '../packages/farthing/src/cache/guard/compare.js';
import { createEntryStore, type EntryStore } from '../packages/farthing/src/cache/semantic/entry-store.js';
import { createExactIndex } from '../packages/farthing/src/cache/semantic/exact-index.js';
import { createGraphIndex } from '../packages/farthing/src/cache/semantic/graph-index.js';
import { type GraphModule, loadGraphModule } from '../packages/farthing/src/cache/semantic/graph-module.js';
import { createSearch } from '../packages/farthing/src/cache/semantic/search.js';
import { createVectorCodes } from '../packages/farthing/src/cache/semantic/vector-codes.js';
import type { VectorIndex } from '../packages/farthing/src/cache/semantic/vector-index.js';
import type { GateRestarted, Restarted, Task } from './cache-speed-process.js';
import { embedAll, embedderOf, readLines } from './questions.js';
import type { Delay } from './worst-delay.js';

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    seed: { type: 'string', default: '1' },
    /** Of banking77 and clinc150 together. */
    limit: { type: 'string', default: '20000' },
    entries: { type: 'string', default: '10000' },
    queries: { type: 'string', default: '1500' },
    stored: { type: 'string', default: '50000' },
    'skip-graph': { type: 'boolean', default: false },
  },
});
if (!values.data) {
  console.error('Expected --data DIR, with banking77.jsonl, clinc150.jsonl and stream_qqp.json in it.');
  process.exit(2);
}
const data = values.data;
const seed = Number(values.seed);
const dimensions = 384;
const recallQueries = 1000;
/** Answers at first, until the engine has compiled what it runs. */
const warmup = 300;

const round = (value: number, digits = 2): number => Number(value.toFixed(digits));
const quantile = (numbers: readonly number[], share: number): number =>
  numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length * share)] ?? Number.NaN;
const p50 = (numbers: readonly number[]): number => round(quantile(numbers, 0.5), 3);
const p95 = (numbers: readonly number[]): number => round(quantile(numbers, 0.95), 3);

/** Distinct texts in an order that follows from the seed. */
function shuffled(texts: readonly string[]): string[] {
  const place = (text: string): string => createHash('sha256').update(`${seed} ${text}`).digest('hex');
  return [...new Set(texts)]
    .map((text) => ({ text, place: place(text) }))
    .sort((one, other) => (one.place < other.place ? -1 : 1))
    .map(({ text }) => text);
}

const textsIn = (file: string): string[] => readLines<{ text: string }>(join(data, file)).map(({ text }) => text);
const intents = shuffled([...textsIn('banking77.jsonl'), ...textsIn('clinc150.jsonl')]).slice(0, Number(values.limit));
const stream = JSON.parse(readFileSync(join(data, 'stream_qqp.json'), 'utf8')) as {
  cached: string[];
  dup: [string, number][];
}; // as the head of this file says
const cached = [...new Set(stream.cached)];
const stored = [...new Set([...cached, ...intents])].slice(0, Number(values.entries));
const isStored = new Set(stored);
const questions = shuffled(stream.dup.map(([question]) => question))
  .filter((question) => !isStored.has(question))
  .slice(0, Number(values.queries));

const embedder = embedderOf('minilm');
const started = performance.now();
const say = (message: string): void =>
  console.error(`${((performance.now() - started) / 1000).toFixed(0)} s: ${message}`);

say(`embedding ${intents.length + cached.length} texts …`);
const known = await embedAll(embedder, [...cached, ...intents]);
const vectorOf = (text: string): Float32Array => known.get(text)?.vector ?? new Float32Array(dimensions);

const server = spawn(
  process.execPath,
  ['--conditions=farthing-source', '--import', 'tsx', new URL('./provider-process.ts', import.meta.url).pathname],
  { stdio: ['pipe', 'pipe', 'inherit'] },
);
const baseURL = await new Promise<string>((resolve) => createInterface({ input: server.stdout }).once('line', resolve));

/** The same embedder, which answers for what is embedded already and times what is not. */
let embeddingMs = 0;
const timed: Embedder = {
  ...embedder,
  embed: async (texts, options) => {
    const before = texts.flatMap((text) => known.get(text) ?? []);
    if (before.length === texts.length) return before;
    const start = performance.now();
    const embeddings = await embedder.embed(texts, options);
    embeddingMs += performance.now() - start;
    return embeddings;
  },
};

async function ask(
  gate: Gate,
  content: string,
  cache: { readonly read?: boolean; readonly write?: boolean },
): Promise<{ readonly source: string | null; readonly ms: number }> {
  const init = {
    method: 'POST',
    headers: { authorization: 'Bearer bench', 'content-type': 'application/json', ...gate.options({ cache }).headers },
    body: JSON.stringify({ model: 'gpt-4.1-nano', max_tokens: 64, messages: [{ role: 'user', content }] }),
  };
  const start = performance.now();
  const response = await gate.fetch(`${baseURL}/chat/completions`, init);
  await response.text();
  return { source: response.headers.get('x-farthing-source'), ms: performance.now() - start };
}

const gateOf = (more: { readonly persist?: { readonly dir: string } } = {}): Gate =>
  createGate({
    onWarning: ({ code, message }) => console.error(code, message),
    // No audit is drawn: its own call would stand in the way of the next one.
    cache: { share: 'all', semantic: { embedder: timed, random: () => 0.999, ...more } },
  });

/** The same entries and functions as the gate has, where their time can be taken. */
function twin(): { readonly store: EntryStore; readonly indexMs: () => number } {
  const store = createEntryStore({
    dimensions,
    maxEntries: 50_000,
    maxBytes: 1e9,
    now: Date.now,
    warn: (code, message) => console.error(code, message),
  });
  for (const text of stored)
    store.add(
      {
        id: text,
        context: 'twin',
        question: text,
        readLength: text.length,
        vector: vectorOf(text),
        createdAtMs: Date.now(),
        expiresAtMs: Date.now() + 86_400_000,
        body: { kind: 'json', text: '{}' },
        status: 200,
        headers: [],
        cost: undefined,
        model: 'gpt-4.1-nano',
        tags: {},
        cacheTags: [],
      },
      readQuestion(text),
    );
  let indexMs = 0;
  const nearest: EntryStore['nearest'] = (...parameters) => {
    const start = performance.now();
    const found = store.nearest(...parameters);
    indexMs = performance.now() - start;
    return found;
  };
  return { store: { ...store, nearest }, indexMs: () => indexMs };
}

/** Hits through the public door; of each, what its parts take. */
async function measureHits() {
  const gate = gateOf();
  say(`asking ${stored.length} questions, to store their answers …`);
  const left = [...stored];
  await Promise.all(
    Array.from({ length: 16 }, async () => {
      for (let text = left.pop(); text !== undefined; text = left.pop()) await ask(gate, text, { read: false });
    }),
  );
  const { store, indexMs } = twin();
  const given = new Map<string, Embedding>();
  let waitedMs = 0;
  const search = createSearch(
    store,
    {
      of: async (text) => {
        const start = performance.now();
        const [embedding] = given.has(text) ? [given.get(text)] : await embedder.embed([text]);
        waitedMs = performance.now() - start;
        if (!embedding) throw new Error('Expected an embedding, got none.');
        return embedding;
      },
    },
    embedder,
  );
  /** What a search takes beside the wait for its embedding. */
  const timeSearch = async (text: string): Promise<{ readonly index: number; readonly guard: number }> => {
    const start = performance.now();
    await search.nearest({ text, context: 'twin' });
    return { index: indexMs(), guard: performance.now() - start - waitedMs - indexMs() };
  };
  say(`asking ${questions.length} in other words …`);
  const hits: { readonly all: number; readonly embedding: number; readonly index: number; readonly guard: number }[] =
    [];
  const texts: string[] = [];
  for (const [number, question] of questions.entries()) {
    embeddingMs = 0;
    const { source, ms } = await ask(gate, question, { write: false });
    const parts = { all: ms, embedding: embeddingMs };
    await gate.idle();
    const ofSearch = await timeSearch(question);
    if (number < warmup || source !== 'semantic') continue;
    hits.push({ ...parts, ...ofSearch });
    texts.push(question);
  }
  await gate.close();
  for (const text of texts) for (const embedding of await embedder.embed([text])) given.set(text, embedding);
  const alone: { readonly index: number; readonly guard: number }[] = [];
  for (let pass = 0; pass < 2; pass++) for (const text of texts) alone.push(await timeSearch(text));
  const of = (numbers: readonly number[]) => ({ p50: p50(numbers), p95: p95(numbers) });
  return {
    texts,
    all: of(hits.map(({ all }) => all)),
    embedding: of(hits.map(({ embedding }) => embedding)),
    index: of(hits.map(({ index }) => index)),
    guard: of(hits.map(({ guard }) => guard)),
    rest: of(hits.map(({ all, embedding, index, guard }) => all - embedding - index - guard)),
    alone: { index: of(alone.map(({ index }) => index)), guard: of(alone.map(({ guard }) => guard)) },
  };
}

/** The nearest by single floats, compared with each. */
function scanAll(rows: Float32Array, query: Float32Array): { readonly row: number; readonly similarity: number } {
  let best = { row: -1, similarity: Number.NEGATIVE_INFINITY };
  for (let row = 0, from = 0; from < rows.length; row++, from += dimensions) {
    let [a, b] = [0, 0];
    for (let at = 0; at < dimensions; at += 2) {
      a += (rows[from + at] ?? 0) * (query[at] ?? 0);
      b += (rows[from + at + 1] ?? 0) * (query[at + 1] ?? 0);
    }
    if (a + b > best.similarity) best = { row, similarity: a + b };
  }
  return best;
}

/** Of questions that are not in the index, how often it finds the nearest; one that is as near counts, too. */
async function measureRecall(module: GraphModule | undefined) {
  const queries = intents.slice(0, recallQueries).map(vectorOf);
  const held = intents.slice(recallQueries).map(vectorOf);
  const rows = new Float32Array(held.length * dimensions);
  for (const [row, vector] of held.entries()) rows.set(vector, row * dimensions);
  say(`comparing ${queries.length} with each of ${held.length} …`);
  const truth = queries.map((query) => scanAll(rows, query));
  const recallOf = (index: VectorIndex) => {
    const times: number[] = [];
    let right = 0;
    for (const [number, query] of queries.entries()) {
      const start = performance.now();
      const [found] = index.nearest(query, 1);
      times.push(performance.now() - start);
      const nearest = truth[number];
      if (found && nearest && (found.id === nearest.row || found.similarity > nearest.similarity - 1e-6)) right++;
    }
    return { recall: round(right / queries.length, 4), p50: p50(times) };
  };
  const codes = createVectorCodes(dimensions);
  const exact = createExactIndex(codes);
  for (const [row, vector] of held.entries()) exact.add(row, vector);
  const ofExact = recallOf(exact);
  if (!module) return { held: held.length, queries: queries.length, exact: ofExact, graph: undefined };
  say(`building a graph of ${held.length} …`);
  const graph = createGraphIndex({ exact, codes, module, later: (_, work) => setImmediate(work) });
  while (graph.built < exact.size) await new Promise((resolve) => setTimeout(resolve, 5));
  const ofGraph = recallOf(graph);
  graph.close();
  return { held: held.length, queries: queries.length, exact: ofExact, graph: ofGraph };
}

const runChild = async <Result>(task: Task): Promise<Result> => {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [
      '--conditions=farthing-source',
      '--import',
      'tsx',
      new URL('./cache-speed-process.ts', import.meta.url).pathname,
      JSON.stringify(task),
    ],
    { encoding: 'utf8' },
  );
  return JSON.parse(stdout) as Result; // ours: it printed its result
};

/** From a directory with all that is real and, to fill it up, what is beside it. */
async function measureRestarts(module: GraphModule | undefined, hit: string) {
  const folder = mkdtempSync(join(tmpdir(), 'farthing-bench-'));
  try {
    const first = gateOf({ persist: { dir: join(folder, 'cache') } });
    await ask(first, 'What is kept is the form of an answer.', { read: false });
    await first.idle();
    await first.close();
    const texts = [...intents, ...cached];
    const vectors = new Float32Array(texts.length * dimensions);
    for (const [row, text] of texts.entries()) vectors.set(vectorOf(text), row * dimensions);
    writeFileSync(join(folder, 'texts.json'), JSON.stringify(texts));
    writeFileSync(join(folder, 'vectors.bin'), new Uint8Array(vectors.buffer));
    const common = { folder, size: Number(values.stored), seed };
    say(`storing ${common.size} entries …`);
    await runChild({ ...common, task: 'fill' });
    const fileMb = round(statSync(join(folder, 'cache', 'entries.log')).size / 1e6, 0);
    say('restarting a gate …');
    const gate = await runChild<GateRestarted>({ ...common, task: 'gate', baseURL, question: hit });
    say('restarting, and inserting …');
    const exact = await runChild<Restarted>({ ...common, task: 'restart', graph: false });
    if (!module) return { texts: texts.length, fileMb, gate, exact, graph: undefined };
    say('the same while a graph is built …');
    const graph = await runChild<Restarted>({ ...common, task: 'restart', graph: true });
    return { texts: texts.length, fileMb, gate, exact, graph };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Farthing looks for its optional peer from its own folder; here it is a dependency of the bench. */
async function loadGraphModuleHere(): Promise<GraphModule | undefined> {
  return (await loadGraphModule()) ?? (await import('hnswlib-node').catch(() => undefined))?.default;
}

try {
  const module = values['skip-graph'] ? undefined : await loadGraphModuleHere();
  if (!module) say('without hnswlib-node: it is not installed, not compiled, or not asked for.');
  const hits = await measureHits();
  const recall = await measureRecall(module);
  const { texts, fileMb, gate, exact, graph } = await measureRestarts(module, hits.texts[0] ?? '');

  const late = (delay: Delay | undefined) => delay && { wall: round(delay.wallMs, 1), own: round(delay.ownMs, 1) };
  const result = {
    cores: availableParallelism(),
    load: round(loadavg()[0] ?? Number.NaN),
    seconds: round((performance.now() - started) / 1000, 0),
    entries: stored.length,
    hits: hits.texts.length,
    hit_ms: hits.all,
    embedding_ms: hits.embedding,
    index_ms: hits.index,
    guard_ms: hits.guard,
    rest_ms: hits.rest,
    alone_ms: hits.alone,
    recall_at_1: { held: recall.held, queries: recall.queries, exact: recall.exact, graph: recall.graph },
    late_ms: {
      idle: late(exact.idle),
      inserts_given: late(exact.given),
      inserts_embedded: late(exact.embedded),
      inserts_while_graph_is_built: late(graph?.given),
      restart: late(exact.restart),
    },
    restart: {
      entries: exact.entries,
      file_mb: fileMb,
      store_ms: round(exact.restartMs, 0),
      store_with_graph_ms: graph && round(graph.restartMs, 0),
      gate_first_hit_ms: round(gate.firstHitMs, 0),
    },
  };
  const quantiles = ({ p50, p95 }: { readonly p50: number; readonly p95: number }) => ({ p50, p95 });
  const delay = (found: Delay | undefined) => found && { worst: round(found.wallMs, 1), own: round(found.ownMs, 1) };
  console.table({
    'semantic hit (ms)': { ...quantiles(result.hit_ms), reach: 'p50 ≤ 4' },
    '… its embedding': quantiles(result.embedding_ms),
    '… its index': { ...quantiles(result.index_ms), reach: 'p50 ≤ 0.4' },
    '… its guard, beside what it reads while the text is embedded': {
      ...quantiles(result.guard_ms),
      reach: 'p50 ≤ 0.2',
    },
    '… all else': quantiles(result.rest_ms),
    'index, search after search': { ...quantiles(result.alone_ms.index), reach: 'p50 ≤ 0.4' },
    'guard, reading and all, search after search': { ...quantiles(result.alone_ms.guard), reach: 'p50 ≤ 0.2' },
    'recall@1, exact': { p50: recall.exact.recall, reach: '≥ 0.99' },
    'recall@1, hnswlib': { p50: recall.graph?.recall, reach: '≥ 0.99' },
  });
  console.table({
    'idle (ms late)': delay(exact.idle),
    '1,000 inserts, vectors given': { ...delay(exact.given), reach: '≤ 20' },
    '1,000 inserts, embedded by MiniLM': { ...delay(exact.embedded), reach: '≤ 20' },
    '1,000 inserts, vectors given, while a graph is built': { ...delay(graph?.given), reach: '≤ 20' },
    'a restart': { ...delay(exact.restart) },
  });
  console.table({
    'restart, until all is found (ms)': { measured: result.restart.store_ms, reach: '≤ 2000' },
    '… with a graph beside': { measured: result.restart.store_with_graph_ms, reach: '≤ 2000' },
    '… of a gate, until its first hit, the model loaded, too': { measured: result.restart.gate_first_hit_ms },
  });
  console.log(
    `Hits: ${result.hits} reworded questions of Quora that were served from ${result.entries} entries of one context (${cached.length} of Quora, the rest of banking77 and clinc150), each embedded by MiniLM on one thread as it came; the entries' vectors were made before, by the same model. Index and guard: the same functions on the same questions and entries, in the same process; first right after each hit, as cold as it comes, then without a pause. Recall: ${recall.queries} texts of banking77 and clinc150, compared with ${recall.held} others, real embeddings all. Lateness and restart: ${result.restart.entries} entries with answers of 120 words, ${texts} with real vectors, the rest beside a real one (cosine 0.94), on the disk; among the inserts one entry is erased, for which the file (${fileMb} MB) is written anew. 'own' is what the process itself worked meanwhile; the rest is the machine's.`,
  );
  console.log(JSON.stringify(result));
} finally {
  server.kill();
  await embedder.close?.();
}
