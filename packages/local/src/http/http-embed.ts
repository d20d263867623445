import { z } from 'zod';
import type { Embeddings } from '../engine.js';
import { LocalError } from '../local-error.js';
import { askForJson, type HttpServer } from './http-exchange.js';

const answerSchema = z.looseObject({
  data: z.array(
    z.looseObject({ index: z.number().int().nonnegative().nullish(), embedding: z.array(z.number()).min(1) }),
  ),
  usage: z.looseObject({ prompt_tokens: z.number().int().nonnegative().nullish() }).nullish().catch(undefined),
});

/** Asks for one vector for each text, and brings them to norm 1. @throws LocalError, or the signal's reason */
export async function embedAtServer(
  server: HttpServer,
  texts: readonly string[],
  signal: AbortSignal,
): Promise<Embeddings> {
  if (texts.length === 0) return { vectors: [], promptTokens: 0 };
  const body = { model: server.model, input: texts, encoding_format: 'float' };
  const answer = answerSchema.safeParse(await askForJson(server, `${server.baseURL}/embeddings`, body, signal));
  if (!answer.success) throw unfit('something else');
  const byText = new Map(answer.data.data.map(({ index, embedding }, at) => [index ?? at, embedding]));
  const vectors = texts.map((_, at) => {
    const vector = byText.get(at);
    if (!vector) throw unfit(`${byText.size} vectors for ${texts.length} texts`);
    return ofNorm1(vector);
  });
  const lengths = new Set(vectors.map(({ length }) => length));
  if (lengths.size > 1) throw unfit('vectors of several lengths');
  return { vectors, promptTokens: answer.data.usage?.prompt_tokens ?? 0 };
}

function ofNorm1(vector: readonly number[]): readonly number[] {
  // One by one: a server may send more numbers than a call takes.
  const norm = vector.reduce((length, value) => Math.hypot(length, value), 0);
  if (!(norm > 0 && Number.isFinite(norm))) throw unfit('a vector without a direction');
  return vector.map((value) => value / norm);
}

function unfit(what: string): LocalError {
  return new LocalError(
    'engine_failed',
    `Expected one vector for each text from the server's /embeddings, got ${what}.`,
  );
}
