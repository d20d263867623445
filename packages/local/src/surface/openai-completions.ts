import { z } from 'zod';
import type { Generation } from '../engine.js';
import { readBody } from './body.js';
import { failureText } from './errors.js';
import { given } from './given.js';
import { openaiFinish } from './openai-chat.js';
import { completionLogprobs } from './openai-logprobs.js';
import { openRun } from './run.js';
import { never, only, samplingFields, samplingOf } from './sampling-fields.js';
import { type EventWriter, eventStream } from './sse.js';
import { jsonResponse, readAsk, type Surface } from './surface.js';
import { openaiUsageText } from './usage-text.js';
import { type WholeAnswer, wholeAnswer } from './whole-answer.js';

/** OpenAI's own default, which clients of this endpoint count on. */
const defaultMaxTokens = 16;

const prompt = z.union(
  [z.string(), z.tuple([z.string()])],
  'expected one text: lists and numbers of tokens are refused',
);

const completionRequest = z.object({
  ...samplingFields,
  prompt,
  logprobs: z.int().min(0).max(5).nullish(),
  best_of: only(1, 'only one answer is made'),
  echo: only(false, 'the prompt is not given back'),
  suffix: never('text can only be continued, not filled in'),
});

type CompletionRequest = z.output<typeof completionRequest>;

/** Answers `/completions`. @throws LocalError */
export async function openaiCompletions(surface: Surface, request: Request): Promise<Response> {
  const body = await readBody(request, completionRequest, surface.bodyLimitBytes);
  const ask = readAsk(surface, request, body.model);
  const generation = given<Generation>({
    ...samplingOf(body),
    prompt: { kind: 'text', text: typeof body.prompt === 'string' ? body.prompt : body.prompt[0] },
    // `null` says that there is no limit, as servers of open models take it.
    maxTokens: body.max_tokens === undefined ? defaultMaxTokens : body.max_tokens,
    logprobs: body.logprobs,
  });
  const run = openRun(surface.host, ask, generation, request);
  const created = Math.floor(surface.nowMs() / 1000);
  const object = { id: `cmpl-${surface.newId()}`, object: 'text_completion', created, model: body.model };
  const head = JSON.stringify(object).slice(0, -1);
  if (body.stream === true) return eventStream(run, completionEvents(body, head));
  return jsonResponse(completionText(body, head, await wholeAnswer(run)));
}

/** Whether likelihoods are asked for: 0 asks for those of the tokens alone. */
function wantsLogprobs({ logprobs }: CompletionRequest): boolean {
  return logprobs !== null && logprobs !== undefined;
}

function completionText(body: CompletionRequest, head: string, { text, logprobs, end }: WholeAnswer): string {
  const told = wantsLogprobs(body) ? completionLogprobs(logprobs, 0) : null;
  const choice = JSON.stringify({ text, index: 0, logprobs: told, finish_reason: openaiFinish[end.reason] });
  return `${head},"choices":[${choice}],"usage":${openaiUsageText(end)}}`;
}

function completionEvents(body: CompletionRequest, head: string): EventWriter {
  const withUsage = body.stream_options?.include_usage === true;
  const end = withUsage ? '}],"usage":null}\n\n' : '}]}\n\n';
  const chunk = (text: string, logprobs: string, finish: string) =>
    `data: ${head},"choices":[{"text":${text},"index":0,"logprobs":${logprobs},"finish_reason":${finish}${end}`;
  let offset = 0;
  return {
    start: () => '',
    piece: (one) => {
      if (one.kind === 'text') {
        const told = wantsLogprobs(body) ? JSON.stringify(completionLogprobs(one.logprobs ?? [], offset)) : 'null';
        for (const { token } of one.logprobs ?? []) offset += token.length;
        return one.text === '' && one.logprobs === undefined ? '' : chunk(JSON.stringify(one.text), told, 'null');
      }
      if (one.kind !== 'end') return '';
      const usage = withUsage ? `data: ${head},"choices":[],"usage":${openaiUsageText(one)}}\n\n` : '';
      return `${chunk('""', 'null', `"${openaiFinish[one.reason]}"`)}${usage}data: [DONE]\n\n`;
    },
    failure: (failure) => `data: ${failureText(failure, 'openai')}\n\n`,
  };
}
