/**
 * One task of `cache-speed` in a process of its own, cold and with no memory but its own: fills a directory, restarts from
 * it and inserts, or asks a gate that restarts from it. Takes the task as JSON and prints its result as JSON.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { minilm } from '@farthing/minilm';
import { createGate } from 'farthing';
import {
  createEntryStore,
  type EntryStore,
  type NewEntry,
} from '../packages/farthing/src/cache/semantic/entry-store.js';
import { loadGraphModule } from '../packages/farthing/src/cache/semantic/graph-module.js';
import { readLog } from '../packages/farthing/src/cache/semantic/log-reader.js';
import { logHeader } from '../packages/farthing/src/cache/semantic/log-record.js';
import { nearTo } from '../packages/farthing/src/cache/semantic/random-vectors.test-kit.js';
import type { SemanticEntry } from '../packages/farthing/src/cache/semantic/semantic-entry.js';
import { type Delay, worstDelay } from './worst-delay.js';

/** What is asked of the process. `folder` holds `cache`, and the texts and vectors that are real. */
export type Task = { readonly folder: string; readonly size: number; readonly seed: number } & (
  | { readonly task: 'fill' }
  | { readonly task: 'restart'; readonly graph: boolean }
  | { readonly task: 'gate'; readonly baseURL: string; readonly question: string }
);

/** How a store came back, and how late timers were. */
export interface Restarted {
  readonly entries: number;
  readonly restartMs: number;
  readonly restart: Delay;
  readonly idle: Delay | undefined;
  /** 1,000 entries whose vectors are there, one each turn of the event loop, and one erased from the disk meanwhile. */
  readonly given: Delay;
  /** 1,000 entries that MiniLM embeds first, eight at a time. */
  readonly embedded: Delay | undefined;
}

export interface GateRestarted {
  readonly firstHitMs: number;
  readonly asked: number;
}

const dimensions = 384;
const inserts = 1000;
/** The cosine of two vectors that are so far apart is 0.94: a paraphrase. */
const paraphrase = 0.35;
const dayMs = 86_400_000;

const task = JSON.parse(process.argv[2] ?? '') as Task; // ours: cache-speed wrote it
const dir = join(task.folder, 'cache');
const texts: readonly string[] = JSON.parse(readFileSync(join(task.folder, 'texts.json'), 'utf8'));
const bytes = readFileSync(join(task.folder, 'vectors.bin'));
const vectors = new Float32Array(Uint8Array.from(bytes).buffer);
const vectorAt = (index: number): Float32Array => vectors.slice(index * dimensions, (index + 1) * dimensions);
const embedder = minilm();

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function openStore(graph: boolean): EntryStore {
  return createEntryStore({
    dimensions,
    maxEntries: task.size,
    maxBytes: 1e9,
    now: Date.now,
    warn: (code, message) => console.error(code, message),
    persist: { dir, embedder: embedder.id },
    // Farthing looks for its optional peer from its own folder; here it is a dependency of the bench.
    ...(graph ? { loadGraph: async () => (await loadGraphModule()) ?? (await import('hnswlib-node')).default } : {}),
    ...(graph ? {} : { graphFrom: Number.POSITIVE_INFINITY }),
  });
}

/** The entry that a gate stored first: the others are made in its likeness, in its context. */
async function templateEntry(): Promise<SemanticEntry> {
  const log = await readLog(join(dir, 'entries.log'), logHeader(embedder.id, dimensions));
  const [first] = log?.entries ?? [];
  if (!first) throw new Error('Expected a gate to have stored an entry first, got none.');
  return first;
}

/** An answer of 120 words, as long as such answers are. */
function answerLike(template: SemanticEntry): SemanticEntry['body'] {
  const answer: { choices: { message: { content: string } }[] } = JSON.parse(template.body.text);
  for (const { message } of answer.choices) message.content = 'An answer of some length. '.repeat(24);
  return { kind: 'json', text: JSON.stringify(answer) };
}

const entryOf = (template: SemanticEntry, id: string, question: string, vector: Float32Array): NewEntry => ({
  ...template,
  id,
  question,
  readLength: question.length,
  vector,
  body: { ...template.body },
  createdAtMs: Date.now(),
  expiresAtMs: Date.now() + dayMs,
});

/** What can't be real for want of texts comes first: a real question, renamed, and a vector beside its own. */
async function fill(): Promise<object> {
  const first = await templateEntry();
  const template = { ...first, body: answerLike(first) };
  // Told apart, so that a restart need not read the file twice.
  writeFileSync(join(task.folder, 'context'), template.context);
  const store = openStore(false);
  await store.ready;
  const made = task.size - texts.length;
  for (let number = 0; number < task.size; number++) {
    const index = number < made ? number % texts.length : number - made;
    const text = texts[index] ?? '';
    const vector = vectorAt(index);
    const entry =
      number < made
        ? entryOf(template, `made_${number}`, `${text} (${number})`, nearTo(vector, paraphrase, task.seed + number))
        : entryOf(template, `real_${number}`, text, vector);
    store.add(entry);
    if (number % 100 === 0) await nextTurn();
  }
  await store.close();
  return { entries: store.size };
}

async function restart(graph: boolean): Promise<Restarted> {
  const start = performance.now();
  const store = openStore(graph);
  let restartMs = 0;
  const whileRestarting = await worstDelay(async () => {
    await store.ready;
    restartMs = performance.now() - start;
  });
  const entries = store.size;
  const context = readFileSync(join(task.folder, 'context'), 'utf8');
  const [last] = store.nearest(context, vectorAt(texts.length - 1), 1);
  if (!last || entries !== task.size) throw new Error(`Expected ${task.size} entries, got ${entries}.`);
  const made = Array.from({ length: inserts }, (_, number) =>
    nearTo(vectorAt((number * 17) % texts.length), paraphrase, task.seed + 1_000_000 + number),
  );
  await embedder.ready();
  await sleep(1000);
  const idle = graph ? undefined : await worstDelay(() => sleep(3000));
  const given = await worstDelay(async () => {
    let erased: Promise<number> | undefined;
    for (const [number, vector] of made.entries()) {
      store.add(entryOf(last.entry, `given_${number}`, `${texts[number % texts.length]} (given ${number})`, vector));
      // What a user is promised when they are forgotten: the whole file is written anew.
      if (number === inserts / 2) erased = store.remove(({ id }) => id === 'given_0');
      // A graph is built beside it: it gets its turns.
      await (graph ? sleep(2) : nextTurn());
    }
    await erased;
  });
  const embedded = graph ? undefined : await worstDelay(() => insertEmbedded(store, last.entry));
  await store.close();
  return { entries, restartMs, restart: whileRestarting, idle, given, embedded };
}

async function insertEmbedded(store: EntryStore, template: SemanticEntry): Promise<void> {
  let number = 0;
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      while (number < inserts) {
        const own = number++;
        const question = `${texts[own % texts.length]} Again, case ${own}.`;
        const [embedding] = await embedder.embed([question]);
        if (embedding) store.add(entryOf(template, `embedded_${own}`, question, embedding.vector));
      }
    }),
  );
}

/** From the moment a gate is made until it answers in other words; the model is loaded meanwhile. */
async function restartGate(baseURL: string, question: string): Promise<GateRestarted> {
  const start = performance.now();
  const gate = createGate({
    onWarning: () => {},
    cache: {
      share: 'all',
      semantic: { embedder, persist: { dir }, maxEntries: task.size, maxBytes: 1e9, random: () => 0.999 },
    },
  });
  for (let asked = 1; performance.now() - start < 60_000; asked++) {
    const response = await gate.fetch(`${baseURL}/chat/completions`, {
      method: 'POST',
      headers: {
        authorization: 'Bearer bench',
        'content-type': 'application/json',
        ...gate.options({ cache: { write: false } }).headers,
      },
      body: JSON.stringify({ model: 'gpt-4.1-nano', max_tokens: 64, messages: [{ role: 'user', content: question }] }),
    });
    await response.text();
    const firstHitMs = performance.now() - start;
    if (response.headers.get('x-farthing-source') === 'semantic') {
      await gate.close();
      return { firstHitMs, asked };
    }
    await sleep(10);
  }
  throw new Error('Expected the restarted gate to answer within a minute, got no hit.');
}

async function perform(): Promise<object> {
  if (task.task === 'fill') return fill();
  if (task.task === 'restart') return restart(task.graph);
  return restartGate(task.baseURL, task.question);
}

console.log(JSON.stringify(await perform()));
await embedder.close();
process.exit(0);
