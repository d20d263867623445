import type { Embedder, Embedding } from './embedder.js';

/** Where vectors are to be had. */
export interface EndpointEmbedderOptions {
  /** With the version, without `/embeddings`: `https://api.openai.com/v1`. */
  readonly baseURL: string;
  readonly apiKey: string;
  /** Such as `text-embedding-3-small`. */
  readonly model: string;
  readonly dimensions: number;
  /** The cosine below which two questions never share an answer: it belongs to the model, and no default fits all. */
  readonly threshold: number;
  /** What the model reads of a text, in UTF-16 units. @default 8000 */
  readonly maxLength?: number | undefined;
  /** @default globalThis.fetch; a gate puts its own in front, so that what is spent is metered */
  readonly fetch?: typeof globalThis.fetch | undefined;
}

/** An embedder behind any endpoint that speaks OpenAI's `/embeddings`. */
export function endpointEmbedder(options: EndpointEmbedderOptions): Embedder {
  const { baseURL, apiKey, model, dimensions, threshold, maxLength = 8000 } = options;
  const send = options.fetch ?? globalThis.fetch;
  return {
    id: `${model}-${dimensions}`,
    dimensions,
    threshold,
    through: (fetch) => endpointEmbedder({ ...options, fetch }),
    embed: async (texts, { signal } = {}) => {
      const response = await send(`${baseURL.replace(/\/$/, '')}/embeddings`, {
        method: 'POST',
        headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
        body: JSON.stringify({ model, dimensions, input: texts.map((text) => text.slice(0, maxLength)) }),
        ...(signal && { signal }),
      });
      if (!response.ok)
        throw new Error(`Embeddings: expected an answer from ${baseURL}, got status ${response.status}.`);
      const vectors = readVectors(await response.json(), dimensions);
      if (vectors.length !== texts.length)
        throw new Error(
          `Embeddings: expected ${texts.length} vectors of ${dimensions} numbers, got ${vectors.length}.`,
        );
      return texts.map((text, index): Embedding => {
        const vector = vectors[index] ?? new Float32Array();
        return { vector, readLength: Math.min(text.length, maxLength), unreadWords: [] };
      });
    },
  };
}

/** The vectors of an answer that have the right form, each made unit length. */
function readVectors(json: unknown, dimensions: number): Float32Array[] {
  const data: unknown = (json as { data?: unknown } | null)?.data; // checked below
  if (!Array.isArray(data)) return [];
  return data.flatMap((item: unknown) => {
    const numbers: unknown = (item as { embedding?: unknown } | null)?.embedding; // checked below
    if (!Array.isArray(numbers) || numbers.length !== dimensions) return [];
    const vector = Float32Array.from(numbers as unknown[], Number);
    const length = Math.hypot(...vector);
    return length > 0 && Number.isFinite(length) ? [vector.map((value) => value / length)] : [];
  });
}
