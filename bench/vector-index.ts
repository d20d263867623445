/**
 * The index and the store of the semantic cache: `npm run bench -- vector-index [--sizes 1000,10000] [--skip-graph]`.
 * Vectors are clustered as questions are: √n topics, and half of the queries are paraphrases of one that is there.
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createEntryStore, type EntryStore } from '../packages/farthing/src/cache/semantic/entry-store.js';
import { createExactIndex, type ExactIndex } from '../packages/farthing/src/cache/semantic/exact-index.js';
import { createGraphIndex } from '../packages/farthing/src/cache/semantic/graph-index.js';
import { type GraphModule, loadGraphModule } from '../packages/farthing/src/cache/semantic/graph-module.js';
import { nearTo, randomUnit } from '../packages/farthing/src/cache/semantic/random-vectors.test-kit.js';
import { createVectorCodes, type VectorCodes } from '../packages/farthing/src/cache/semantic/vector-codes.js';
import type { VectorIndex } from '../packages/farthing/src/cache/semantic/vector-index.js';
import { createVectorKernel } from '../packages/farthing/src/cache/semantic/vector-kernel.js';
import { worstDelay } from './worst-delay.js';

const { values: flags } = parseArgs({
  options: { sizes: { type: 'string', default: '1000,3000,5000,10000,50000' }, 'skip-graph': { type: 'boolean' } },
});
const sizes = flags.sizes.split(',').map(Number);
const dimensions = 384;
const most = Math.max(...sizes, 50_000) + 1000;
const round = (value: number, digits = 3): number => Number(value.toFixed(digits));
const quantile = (values: readonly number[], share: number): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length * share)] ?? Number.NaN;

const topics = Array.from({ length: Math.round(Math.sqrt(most)) }, (_, topic) => randomUnit(dimensions, 9e6 + topic));
const inTopic = (seed: number): Float32Array =>
  nearTo(topics[seed % topics.length] ?? randomUnit(dimensions, 0), 0.75, seed);
console.error(`Making ${most} vectors …`);
const vectors = Array.from({ length: most }, (_, id) => inTopic(id));
const vectorAt = (id: number): Float32Array => vectors[id] ?? randomUnit(dimensions, 0);
/** Near one of the first `size`, or new in a topic. */
const queriesOf = (size: number, count: number): readonly Float32Array[] =>
  Array.from({ length: count }, (_, query) =>
    query % 2 === 0 ? nearTo(vectorAt((query * 7919) % size), 0.45, 5e6 + query) : inTopic(6e6 + query),
  );

interface Row {
  readonly engine: string;
  readonly size: number;
  readonly query_p50_ms: number;
  readonly query_p99_ms: number;
  readonly recall_at_1: number;
}
const rows: Row[] = [];

function measure(engine: string, index: VectorIndex, exact: VectorIndex): void {
  const queries = queriesOf(index.size, engine === 'exact js' ? 200 : 1000);
  for (const query of queries.slice(0, 100)) index.nearest(query, 1);
  const times: number[] = [];
  let right = 0;
  for (const query of queries) {
    const start = performance.now();
    const [found] = index.nearest(query, 1);
    times.push(performance.now() - start);
    if (found?.id === exact.nearest(query, 1)[0]?.id) right++;
  }
  rows.push({
    engine,
    size: index.size,
    query_p50_ms: round(quantile(times, 0.5), 4),
    query_p99_ms: round(quantile(times, 0.99)),
    recall_at_1: round(right / queries.length, 4),
  });
}

function filled(size: number, codes: VectorCodes): ExactIndex {
  const index = createExactIndex(codes);
  for (let id = 0; id < size; id++) index.add(id, vectorAt(id));
  return index;
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A thousand inserts as a busy server makes them, one each turn; then until the index has taken them over. */
async function inserts(index: VectorIndex, done: () => boolean): Promise<Record<string, number>> {
  const times: number[] = [];
  const delay = await worstDelay(async () => {
    for (let id = 50_000; id < 51_000; id++) {
      const start = performance.now();
      index.add(id, vectorAt(id));
      times.push(performance.now() - start);
      await nextTurn();
    }
    while (!done()) await new Promise((resolve) => setTimeout(resolve, 5));
  });
  return {
    insert_p50_ms: round(quantile(times, 0.5), 4),
    insert_worst_delay_ms: delay.wallMs,
    insert_worst_delay_own_ms: delay.ownMs,
  };
}

async function graphOver(exact: ExactIndex, codes: VectorCodes, module: GraphModule) {
  // Building without rest, to be done sooner; inserts are measured as they are.
  let rests = false;
  const later = (waitMs: number, callback: () => void): void => {
    if (rests) setTimeout(callback, waitMs);
    else setImmediate(callback);
  };
  const graph = createGraphIndex({ exact, codes, module, later });
  const start = performance.now();
  const delay = await worstDelay(async () => {
    while (graph.built < exact.size) await new Promise((resolve) => setTimeout(resolve, 5));
  });
  rests = true;
  return {
    graph,
    build_s: round((performance.now() - start) / 1000, 1),
    build_worst_delay_ms: delay.wallMs,
    build_worst_delay_own_ms: delay.ownMs,
  };
}

const openStore = (dir: string): EntryStore =>
  createEntryStore({
    dimensions,
    maxEntries: 60_000,
    maxBytes: 1e10,
    now: Date.now,
    warn: (_, message) => console.error(message),
    persist: { dir, embedder: 'bench' },
    graphFrom: 1e9,
  });

/** Fills a directory with 50,000 entries; a function of its own, so that nothing of it is left in memory. */
async function fillDirectory(dir: string): Promise<Record<string, number>> {
  const text = JSON.stringify({ choices: [{ message: { content: 'An answer of some length. '.repeat(40) } }] });
  const first = openStore(dir);
  await first.ready;
  const addStart = performance.now();
  for (let id = 0; id < 50_000; id++)
    first.add({
      id: `call_${id}`,
      context: 'context',
      question: `Question number ${id}: how do I get my money back?`,
      readLength: 40,
      vector: vectorAt(id),
      createdAtMs: Date.now(),
      expiresAtMs: Date.now() + 3_600_000,
      body: { kind: 'json', text },
      status: 200,
      headers: [['x-request-id', `req_${id}`]],
      cost: { totalPicoUsd: 1_000_000n, parts: { inputTokens: 1_000_000n }, unpriced: [], basis: 'computed' },
      model: 'gpt-5',
      tags: { tenant: 'acme' },
      cacheTags: [],
    });
  const addUs = ((performance.now() - addStart) / 50_000) * 1000;
  const flushStart = performance.now();
  const flushDelay = await worstDelay(() => first.evict('none').then(() => undefined));
  const flushMs = performance.now() - flushStart;
  const compactStart = performance.now();
  const compactDelay = await worstDelay(() => first.remove(({ id }) => id === 'call_0').then(() => undefined));
  const compactMs = performance.now() - compactStart;
  await first.close();
  return {
    add_us: round(addUs, 1),
    flush_all_ms: round(flushMs, 0),
    flush_worst_delay_own_ms: flushDelay.ownMs,
    compaction_ms: round(compactMs, 0),
    compaction_worst_delay_own_ms: compactDelay.ownMs,
  };
}

/** How long a start with a full directory takes, and how late timers are meanwhile. */
async function restart(): Promise<Record<string, number>> {
  const dir = mkdtempSync(join(tmpdir(), 'farthing-bench-'));
  try {
    const filling = await fillDirectory(dir);
    const [start, processorStart] = [performance.now(), process.cpuUsage()];
    const second = openStore(dir);
    const restartDelay = await worstDelay(() => second.ready);
    const restartMs = performance.now() - start;
    const processor = process.cpuUsage(processorStart);
    if (second.size !== 49_999) throw new Error(`Expected 49999 entries, got ${second.size}.`);
    await second.close();
    return {
      file_mb: round(statSync(join(dir, 'entries.log')).size / 1e6, 0),
      ...filling,
      restart_ms: round(restartMs, 0),
      restart_processor_ms: round((processor.user + processor.system) / 1000, 0),
      restart_worst_delay_own_ms: restartDelay.ownMs,
    };
  } finally {
    rmSync(dir, { recursive: true });
  }
}

const module = flags['skip-graph'] ? undefined : await loadGraphModuleHere();

/** Farthing looks for its optional peer from its own folder; here it is a dependency of the bench. */
async function loadGraphModuleHere(): Promise<GraphModule | undefined> {
  const found = await loadGraphModule();
  if (found) return found;
  const loaded = await import('hnswlib-node').catch(() => undefined);
  return loaded?.default;
}

if (!module) console.error('Without hnswlib-node: it is not installed, or not compiled.');
const idle = await worstDelay(() => new Promise((resolve) => setTimeout(resolve, 3000)));
const insertsAt: Record<string, Record<string, number>> = {
  idle: { insert_worst_delay_ms: idle.wallMs, insert_worst_delay_own_ms: idle.ownMs },
};
for (const size of sizes) {
  console.error(`Measuring ${size} …`);
  const codes = createVectorCodes(dimensions);
  const exact = filled(size, codes);
  measure(`exact ${codes.kind}`, exact, exact);
  if (size <= 10_000)
    measure('exact js', filled(size, createVectorCodes(dimensions, createVectorKernel('javascript'))), exact);
  if (size === 50_000) {
    insertsAt['exact'] = await inserts(exact, () => true);
    for (let id = 50_000; id < 51_000; id++) exact.remove(id);
  }
  if (!module) continue;
  const { graph, ...building } = await graphOver(exact, codes, module);
  measure('graph', graph, exact);
  if (size === 50_000) insertsAt['graph'] = { ...(await inserts(graph, () => graph.built === 51_000)), ...building };
  graph.close();
}

console.error('Measuring a restart …');
const started = await restart();

console.table(rows);
console.table(insertsAt);
console.table(started);
console.log(JSON.stringify({ queries: rows, inserts_at_50k: insertsAt, store_50k: started }));
