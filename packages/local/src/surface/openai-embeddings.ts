import { z } from 'zod';
import { LocalError } from '../local-error.js';
import { readBody } from './body.js';
import { jsonResponse, readAsk, type Surface } from './surface.js';
import { factsText } from './usage-text.js';

const inputText = z.string().min(1, 'an empty text has no embedding');

const embeddingRequest = z.object({
  model: z.string().min(1),
  input: z.union(
    [inputText, z.array(inputText).min(1).max(2_048)],
    'expected a text or up to 2048 texts: numbers of tokens are refused',
  ),
  encoding_format: z.enum(['float', 'base64']).nullish(),
  dimensions: z.int().min(1).nullish(),
});

/** Answers `/embeddings`. @throws LocalError */
export async function openaiEmbeddings(surface: Surface, request: Request): Promise<Response> {
  const body = await readBody(request, embeddingRequest, surface.bodyLimitBytes);
  const ask = { ...readAsk(surface, request, body.model), signal: request.signal };
  const answer = await surface.host.embed(ask, typeof body.input === 'string' ? [body.input] : body.input);
  const length = answer.vectors[0]?.length;
  if (length !== undefined && (body.dimensions ?? length) !== length) {
    const message = `dimensions: this model's vectors have ${length} and can not be shortened; leave it out.`;
    throw new LocalError('invalid_request', message, { param: 'dimensions' });
  }
  const asBase64 = body.encoding_format === 'base64';
  const data = answer.vectors.map((vector, index) => ({
    object: 'embedding',
    index,
    embedding: asBase64 ? base64(vector) : vector,
  }));
  const head = JSON.stringify({ object: 'list', data, model: body.model }).slice(0, -1);
  const tokens = answer.promptTokens;
  return jsonResponse(`${head},"usage":{"prompt_tokens":${tokens},"total_tokens":${tokens}${factsText(answer)}}}`);
}

/** A vector as 32-bit floats, the lowest byte first, whatever this machine's own order. */
function base64(vector: readonly number[]): string {
  const bytes = Buffer.allocUnsafe(vector.length * 4);
  for (const [place, value] of vector.entries()) bytes.writeFloatLE(value, place * 4);
  return bytes.toString('base64');
}
