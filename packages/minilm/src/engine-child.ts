/** The process that embeds. It lives as long as the channel to the process that started it. */
import { type EngineSettings, openEngine } from './engine.js';
import type { Answer, Batch, Request } from './messages.js';
import { findManifest, readVocabulary } from './weights.js';
import { createTokenizer } from './word-piece.js';

process.once('disconnect', () => process.exit());
// A terminal interrupts both; the other one may still want to finish.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => {});

function say(answer: Answer): void {
  if (process.connected) process.send?.(answer);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function open(settings: EngineSettings): Promise<(texts: readonly string[]) => Promise<Batch>> {
  const manifest = await findManifest();
  const tokenize = createTokenizer(await readVocabulary(manifest));
  const { engine, warnings } = await openEngine(settings, manifest);
  say({ kind: 'ready', engine: engine.name, warnings });
  return async (texts) => {
    const readings = texts.map((text) => tokenize(text));
    const vectors = await engine.embed(texts, readings);
    if (!vectors.every(Number.isFinite)) throw new Error('Expected finite vectors, got some that are not.');
    return {
      vectors,
      readLengths: readings.map(({ readLength }) => readLength),
      unreadWords: readings.map(({ unreadWords }) => unreadWords),
    };
  };
}

try {
  // Ours: the process that starts us wrote it.
  const embed = await open(JSON.parse(process.argv[2] ?? '') as EngineSettings);
  process.on('message', async ({ serial, texts }: Request) => {
    try {
      say({ kind: 'batch', serial, ...(await embed(texts)) });
    } catch (error) {
      say({ kind: 'failed', serial, message: messageOf(error) });
    }
  });
} catch (error) {
  say({ kind: 'unusable', message: messageOf(error) });
  process.disconnect?.();
}
