/** Values of a provider's batches, of which nothing is known yet. */

/** What it is if it is an object, and an empty one if it is none. */
export function asObject(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}; // checked: an object
}

/** The objects in a list. */
export function objectsIn(value: unknown): readonly Record<string, unknown>[] {
  return Array.isArray(value) ? value.map(asObject) : [];
}

/** @throws Error that says what was expected of the provider */
export function textOr(value: unknown, expected: string): string {
  if (typeof value !== 'string' || value === '')
    throw new Error(`Batch job: expected ${expected} of the provider, got ${typeof value}.`);
  return value;
}

/** What a text is as JSON; `undefined` where it is none. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What a provider answers; `undefined` where it has no such thing any more. */
export async function unlessGone(asked: PromiseLike<unknown>): Promise<unknown> {
  try {
    return await asked;
  } catch (error) {
    if (asObject(error)['status'] === 404) return undefined;
    throw error;
  }
}

/** Clocks of providers and of ours may differ by so much. */
const skewMs = 600_000;

/** Batches, newest first, down to those that were created before a time. */
export async function* newestFirst(
  batches: AsyncIterable<unknown>,
  sinceMs: number,
): AsyncGenerator<Record<string, unknown>> {
  for await (const each of batches) {
    const batch = asObject(each);
    const { created_at: created } = batch;
    // Seconds, or a text.
    const createdMs = typeof created === 'number' ? created * 1000 : Date.parse(String(created));
    if (createdMs < sinceMs - skewMs) return;
    yield batch;
  }
}

/** The lines of a body, as they come. */
export async function* linesOf({ body }: Response): AsyncGenerator<string> {
  if (!body) return;
  const decoder = new TextDecoder();
  let rest = '';
  // A response's body, of the web or of an older client's fetch, is read in pieces of bytes.
  for await (const chunk of body as unknown as AsyncIterable<Uint8Array>) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line.trim() !== '') yield line;
  }
  rest += decoder.decode();
  if (rest.trim() !== '') yield rest;
}
