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

/** The body of an OpenAI error. */
export function openAIDenial({ code, message }: { readonly code: string; readonly message: string }): string {
  return JSON.stringify({ error: { message, type: 'farthing', code, param: null } });
}
