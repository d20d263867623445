/** Fields of OpenAI requests that do not decide the answer. */
export const unaskedFields: readonly string[] = [
  'user',
  'metadata',
  'stream',
  'stream_options',
  'store',
  'service_tier',
  'safety_identifier',
  'prompt_cache_key',
  'prompt_cache_retention',
];

/** OpenAI's key is a bearer token; Azure's has a header of its own, and there a bearer is something else. */
export function withOpenAIKey(headers: Headers, url: string, key: string): Headers {
  const copy = new Headers(headers);
  if (/^https?:\/\/[^/]+\.azure\.com(?:[:/]|$)/.test(url)) copy.set('api-key', key);
  else copy.set('authorization', `Bearer ${key}`);
  return copy;
}

/** The body of an OpenAI error. */
export function openAIDenial({ code, message }: { readonly code: string; readonly message: string }): string {
  return JSON.stringify({ error: { message, type: 'farthing', code, param: null } });
}
