import { z } from 'zod';

/** Many servers leave out what they do not know, others send `null`. */
const count = z.number().int().nonnegative().nullish().catch(undefined);

const usage = z.looseObject({
  prompt_tokens: count,
  completion_tokens: count,
  prompt_tokens_details: z.looseObject({ cached_tokens: count }).nullish(),
  completion_tokens_details: z.looseObject({ reasoning_tokens: count }).nullish(),
});

const chatLogprob = z.looseObject({
  token: z.string(),
  logprob: z.number().nullish(),
  top_logprobs: z.array(z.looseObject({ token: z.string(), logprob: z.number().nullish() })).nullish(),
});

/** Chat's form, and that of the older door. */
const logprobs = z.looseObject({
  content: z.array(chatLogprob).nullish(),
  tokens: z.array(z.string()).nullish(),
  token_logprobs: z.array(z.number().nullable()).nullish(),
  top_logprobs: z.array(z.record(z.string(), z.number().nullable()).nullable()).nullish(),
});

const toolCall = z.looseObject({
  index: z.number().int().nonnegative().nullish(),
  id: z.string().nullish(),
  function: z.looseObject({ name: z.string().nullish(), arguments: z.string().nullish() }).nullish(),
});

const choice = z.looseObject({
  index: z.number().nullish(),
  delta: z
    .looseObject({
      content: z.string().nullish(),
      reasoning_content: z.string().nullish(),
      reasoning: z.string().nullish(),
      tool_calls: z.array(toolCall).nullish(),
    })
    .nullish(),
  /** Of the older door. */
  text: z.string().nullish(),
  logprobs: logprobs.nullish(),
  finish_reason: z.string().nullish(),
  /** vLLM's: the stop text, or the number of the token that ended it. */
  stop_reason: z.union([z.string(), z.number()]).nullish(),
});

/** One event of a stream, of both doors. */
export const chunkSchema = z.looseObject({ choices: z.array(choice).nullish(), usage: usage.nullish() });

export type Chunk = z.infer<typeof chunkSchema>;
export type Choice = z.infer<typeof choice>;
export type ChunkUsage = z.infer<typeof usage>;
export type ChunkLogprobs = z.infer<typeof logprobs>;
export type ChunkToolCall = z.infer<typeof toolCall>;
