import type { CountQuestion } from '../dialects/dialect.js';
import { asCount, asObject } from '../dialects/json.js';

/** Fields of a message request that `count_tokens` takes too; it refuses any other. */
const countedFields = [
  'messages',
  'model',
  'system',
  'tools',
  'tool_choice',
  'thinking',
  'mcp_servers',
  'context_management',
  'output_config',
  'output_format',
] as const;

/** A count is only worth having while the caller waits anyway. */
const timeoutMs = 2000;

/**
 * Asks Anthropic's `POST /v1/messages/count_tokens`, which is not billed, how many input tokens a request has. Its
 * documentation calls the count an estimate. `undefined` when no answer comes in time or it holds no number.
 */
export async function countAnthropicTokens({
  send,
  url,
  headers,
  body,
  signal,
}: CountQuestion): Promise<number | undefined> {
  const counted = Object.fromEntries(
    countedFields.flatMap((field) => (body[field] === undefined ? [] : [[field, body[field]]])),
  );
  const asked = new Headers(headers);
  asked.delete('content-length');
  try {
    const late = AbortSignal.timeout(timeoutMs);
    const response = await send(url.replace(/\/messages(?=$|[?#])/, '/messages/count_tokens'), {
      method: 'POST',
      headers: asked,
      body: JSON.stringify(counted),
      signal: signal ? AbortSignal.any([signal, late]) : late,
    });
    return response.ok ? asCount(asObject(await response.json())?.['input_tokens']) : undefined;
  } catch {
    return undefined; // the estimate that we have goes on serving
  }
}
