import { LocalError } from '../local-error.js';
import { messageEvents } from './anthropic-events.js';
import {
  type AnthropicRequest,
  anthropicRequest,
  countTokensRequest,
  messagesGeneration,
  oneCallOnly,
  promptOf,
} from './anthropic-request.js';
import { stopOf } from './anthropic-stop.js';
import { readBody } from './body.js';
import { failureResponse } from './errors.js';
import { openRun } from './run.js';
import { eventStream } from './sse.js';
import { jsonResponse, readAsk, type Surface } from './surface.js';
import { anthropicUsageText } from './usage-text.js';
import { type WholeAnswer, wholeAnswer } from './whole-answer.js';

/** Answers `/messages`. @throws LocalError */
export async function anthropicMessages(surface: Surface, request: Request): Promise<Response> {
  const body = await readBody(request, anthropicRequest, surface.bodyLimitBytes);
  if (hasThread(body)) return refuseThread();
  const ask = readAsk(surface, request, body.model);
  const run = openRun(surface.host, ask, messagesGeneration(body), request);
  const id = `msg_${surface.newId()}`;
  if (body.stream !== true) return jsonResponse(messageText(body, id, await wholeAnswer(run)));
  const shape = { withThinking: withThinking(body), oneCall: oneCallOnly(body) };
  return eventStream(run, messageEvents(body.model, id, shape));
}

/** Answers `/messages/count_tokens`. @throws LocalError */
export async function countMessageTokens(surface: Surface, request: Request): Promise<Response> {
  const body = await readBody(request, countTokensRequest, surface.bodyLimitBytes);
  if (hasThread(body)) return refuseThread();
  const ask = { ...readAsk(surface, request, body.model), signal: request.signal };
  return jsonResponse(JSON.stringify({ input_tokens: await surface.host.countTokens(ask, promptOf(body)) }));
}

function hasThread({ thread }: { readonly thread?: unknown }): boolean {
  return thread !== undefined && thread !== null;
}

/** Anthropic's client knows this refusal, and then sends the whole conversation with each turn. */
function refuseThread(): Response {
  const message = 'thread: conversations are not kept here; send the whole of it each time.';
  const details = { error_code: 'thread_unsupported_request', unsupported: ['thread'] };
  return failureResponse({ status: 400, code: 'invalid_request', message, details }, 'anthropic');
}

/** Thinking is shown unless it was said that there shall be none to see. */
function withThinking({ thinking }: AnthropicRequest): boolean {
  return thinking?.type !== 'disabled' && thinking?.display !== 'omitted';
}

function messageText(body: AnthropicRequest, id: string, answer: WholeAnswer): string {
  const { text, reasoning, end } = answer;
  const calls = oneCallOnly(body) ? answer.calls.slice(0, 1) : answer.calls;
  const content = [
    ...(reasoning !== '' && withThinking(body) ? [{ type: 'thinking', thinking: reasoning, signature: '' }] : []),
    ...(text !== '' ? [{ type: 'text', text }] : []),
    ...calls.map((call) => ({ type: 'tool_use', id: call.id, name: call.name, input: inputOf(call.arguments) })),
  ];
  const message = { id, type: 'message', role: 'assistant', model: body.model, content, ...stopOf(end) };
  return `${JSON.stringify(message).slice(0, -1)},"usage":${anthropicUsageText(end)}}`;
}

/** @throws LocalError where the model's call is no object */
function inputOf(text: string): unknown {
  try {
    const input: unknown = JSON.parse(text);
    if (typeof input === 'object' && input !== null && !Array.isArray(input)) return input;
  } catch {
    // Said below, without the text.
  }
  throw new LocalError('engine_failed', 'The model called a tool with arguments that are no JSON object.');
}
