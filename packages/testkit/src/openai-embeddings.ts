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
  const counts = inputs.map((each) => (Array.isArray(each) ? each.length : tokens(String(each))));
  const count = counts.reduce((sum, each) => sum + each, 0);
  const refusal = refusalOf(inputs, counts, count);
  if (refusal) return sendJson(exchange, openAIError(refusal), 400);
  const usage = { prompt_tokens: count, total_tokens: count };
  exchange.bill({ api: 'embeddings', model: json['model'], usage });
  await sendJson(exchange, {
    object: 'list',
    data: inputs.map((each, index) => {
      const vector = vectorFor(JSON.stringify(each), dimensions);
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

/** OpenAI's limits: texts in a request, tokens in a text and in all of them, and which tokens there are. */
function refusalOf(inputs: readonly unknown[], counts: readonly number[], count: number): string | undefined {
  if (inputs.length > 2048) return `'$.input' is too long: at most 2048 inputs, got ${inputs.length}.`;
  const long = counts.find((each) => each > 8192);
  if (long !== undefined)
    return `This model's maximum context length is 8192 tokens, however you requested ${long} tokens.`;
  if (
    inputs.some((each) => Array.isArray(each) && each.some((token) => !(Number(token) >= 0 && Number(token) < 200_000)))
  )
    return "'$.input' is invalid: no such token.";
  return count > 300_000 ? `Requested ${count} tokens, max 300000 tokens per request.` : undefined;
}

const remembered = new Map<string, Float32Array>();
const maxRemembered = 10_000;

/** Each vector is made once: what is measured is who asks, not who answers. */
function vectorFor(text: string, dimensions: number): Float32Array {
  const key = `${dimensions} ${text}`;
  const known = remembered.get(key);
  if (known) return known;
  const vector = vectorOf(text, dimensions);
  if (remembered.size >= maxRemembered) remembered.clear();
  remembered.set(key, vector);
  return vector;
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
