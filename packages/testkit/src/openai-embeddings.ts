import { createHash } from 'node:crypto';
import type { Exchange } from './exchange.js';
import { numberOf } from './openai-chat.js';
import { openAIError, sendJson } from './reply.js';

/** `POST /v1/embeddings`: unit vectors that depend on the text alone, as floats or base64. */
export async function createEmbeddings(exchange: Exchange): Promise<void> {
  const { json, tokens } = exchange;
  const input = json['input'];
  if (
    typeof json['model'] !== 'string' ||
    input === undefined ||
    input === '' ||
    (Array.isArray(input) && input.length === 0)
  ) {
    return sendJson(exchange, openAIError("'$.input' is invalid. Please check the API reference."), 400);
  }
  const inputs: readonly unknown[] = Array.isArray(input) && typeof input[0] !== 'number' ? input : [input];
  if (inputs.some((each) => each === ''))
    return sendJson(exchange, openAIError("'$.input' is invalid: empty strings are not allowed."), 400);
  const dimensions = numberOf(json['dimensions']) ?? 64;
  const count = inputs.reduce(
    (sum: number, each) => sum + (Array.isArray(each) ? each.length : tokens(String(each))),
    0,
  );
  const usage = { prompt_tokens: count, total_tokens: count };
  exchange.bill({ api: 'embeddings', model: json['model'], usage });
  await sendJson(exchange, {
    object: 'list',
    data: inputs.map((each, index) => {
      const vector = vectorOf(JSON.stringify(each), dimensions);
      return {
        object: 'embedding',
        index,
        embedding: json['encoding_format'] === 'base64' ? Buffer.from(vector.buffer).toString('base64') : [...vector],
      };
    }),
    model: json['model'],
    usage,
  });
}

function vectorOf(text: string, dimensions: number): Float32Array {
  const vector = new Float32Array(dimensions);
  for (let block = 0; block * 8 < dimensions; block++) {
    const digest = createHash('sha256').update(`${block} ${text}`).digest();
    for (let part = 0; part < 8 && block * 8 + part < dimensions; part++)
      vector[block * 8 + part] = digest.readInt32LE(part * 4) / 2 ** 31;
  }
  const length = Math.hypot(...vector) || 1;
  return vector.map((value) => value / length);
}
