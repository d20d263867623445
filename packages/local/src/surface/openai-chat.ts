import type { ToolCall } from '../engine.js';
import type { ServedPiece } from '../host.js';
import { readBody } from './body.js';
import { failureText } from './errors.js';
import { chatGeneration, type OpenaiChatRequest, openaiChatRequest } from './openai-chat-request.js';
import { chatLogprobs } from './openai-logprobs.js';
import { openRun } from './run.js';
import { type EventWriter, eventStream } from './sse.js';
import { jsonResponse, readAsk, type Surface } from './surface.js';
import { openaiUsageText } from './usage-text.js';
import { type WholeAnswer, wholeAnswer } from './whole-answer.js';

/** Answers `/chat/completions`. @throws LocalError */
export async function openaiChat(surface: Surface, request: Request): Promise<Response> {
  const body = await readBody(request, openaiChatRequest, surface.bodyLimitBytes);
  const ask = readAsk(surface, request, body.model);
  const run = openRun(surface.host, ask, chatGeneration(body), request);
  const id = `chatcmpl-${surface.newId()}`;
  const created = Math.floor(surface.nowMs() / 1000);
  if (body.stream === true) return eventStream(run, chatEvents(body, id, created));
  return jsonResponse(chatText(body, id, created, await wholeAnswer(run)));
}

export const openaiFinish = { end: 'stop', stop: 'stop', length: 'length', 'tool-calls': 'tool_calls' } as const;

function chatText(body: OpenaiChatRequest, id: string, created: number, answer: WholeAnswer): string {
  const calls = body.parallel_tool_calls === false ? answer.calls.slice(0, 1) : answer.calls;
  const message = {
    role: 'assistant',
    content: answer.text === '' && calls.length > 0 ? null : answer.text,
    refusal: null,
    ...(answer.reasoning !== '' && { reasoning_content: answer.reasoning }),
    ...(calls.length > 0 && { tool_calls: calls.map(toolCall) }),
  };
  const logprobs = body.logprobs === true ? chatLogprobs(answer.logprobs) : null;
  const choice = { index: 0, message, logprobs, finish_reason: openaiFinish[answer.end.reason] };
  const head = JSON.stringify({ id, object: 'chat.completion', created, model: body.model, choices: [choice] });
  return `${head.slice(0, -1)},"usage":${openaiUsageText(answer.end)}}`;
}

function toolCall({ id, name, arguments: text }: ToolCall) {
  return { id, type: 'function', function: { name, arguments: text } };
}

/** Chunks of an answer. All of a chunk but its text is written once: this runs for each token. */
function chatEvents(body: OpenaiChatRequest, id: string, created: number): EventWriter {
  const withUsage = body.stream_options?.include_usage === true;
  const head = JSON.stringify({ id, object: 'chat.completion.chunk', created, model: body.model }).slice(0, -1);
  const before = `data: ${head},"choices":[{"index":0,"delta":`;
  const end = withUsage ? '}],"usage":null}\n\n' : '}]}\n\n';
  const after = `,"logprobs":null,"finish_reason":null${end}`;
  let calls = 0;
  const piece = (one: ServedPiece): string => {
    if (one.kind === 'text') {
      if (one.text === '' && one.logprobs === undefined) return '';
      const content = `${before}{"content":${JSON.stringify(one.text)}}`;
      if (body.logprobs !== true) return content + after;
      return `${content},"logprobs":${JSON.stringify(chatLogprobs(one.logprobs ?? []))},"finish_reason":null${end}`;
    }
    if (one.kind === 'reasoning') return `${before}{"reasoning_content":${JSON.stringify(one.text)}}${after}`;
    if (one.kind === 'tool-call') {
      if (calls > 0 && body.parallel_tool_calls === false) return '';
      const index = calls++;
      const opened = { index, ...toolCall({ ...one.call, arguments: '' }) };
      const filled = { index, function: { arguments: one.call.arguments } };
      return [opened, filled].map((call) => `${before}${JSON.stringify({ tool_calls: [call] })}${after}`).join('');
    }
    const finish = `${before}{},"logprobs":null,"finish_reason":"${openaiFinish[one.reason]}"${end}`;
    const usage = withUsage ? `data: ${head},"choices":[],"usage":${openaiUsageText(one)}}\n\n` : '';
    return `${finish}${usage}data: [DONE]\n\n`;
  };
  return {
    start: () => `${before}{"role":"assistant","content":"","refusal":null}${after}`,
    piece,
    failure: (failure) => `data: ${failureText(failure, 'openai')}\n\n`,
  };
}
