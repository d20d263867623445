import { partsOfAnthropicMessages } from './anthropic-messages-parts.js';
import type { Dialect, JsonObject } from './dialect.js';
import { partsOfOpenAIChat } from './openai-chat-parts.js';
import { partsOfOpenAIResponses } from './openai-responses-parts.js';

/** One of the answers in a body, in the parts by which it can be judged. */
export interface AnswerChoice {
  /** What is said to the user, without reasoning. */
  readonly text: string;
  /** The provider marks it as a refusal. */
  readonly refused: boolean;
  /** The provider's content filter cut it off. */
  readonly filtered: boolean;
  readonly toolCalls: readonly ToolCall[];
  /** Of the tokens of `text`, natural logarithms; empty where they were not asked for. */
  readonly logprobs: readonly number[];
}

/** A tool that the model wants the caller to run. */
export interface ToolCall {
  readonly name: string;
  /** As the model wrote them; `undefined` where it is no JSON. */
  readonly arguments: unknown;
  /** A tool that takes free text has no arguments to check. */
  readonly isFree: boolean;
}

/** What a request wants its answer to look like. */
export interface AnswerForm {
  /** `undefined`: free text. A schema of `true` takes any JSON object. */
  readonly schema: unknown;
  /** The schemas of the tools that are offered, by name. */
  readonly tools: ReadonlyMap<string, unknown>;
  /** A tool must be called. */
  readonly mustCall: boolean;
}

/** How a dialect asks for log probabilities, and what they look like where nobody asked. */
export interface LogprobParts {
  /** The caller asked for them itself. */
  readonly areAsked: (body: JsonObject) => boolean;
  /** What the request must hold to ask for them. */
  readonly asking: (body: JsonObject) => JsonObject;
  /** A JSON body, or the data of one event, without them. */
  readonly without: (json: JsonObject) => JsonObject;
}

/** Reads answers in the parts by which they can be judged. Apart from `Dialect`, since only cascades need it. Pure. */
export interface AnswerParts {
  readonly formOf: (body: JsonObject) => AnswerForm;
  /** The choices in an answer's JSON body, in order. */
  readonly choicesOf: (json: JsonObject) => readonly AnswerChoice[];
  /** `undefined`: the dialect has none. */
  readonly logprobs: LogprobParts | undefined;
}

const all: Readonly<Record<Dialect['name'], AnswerParts | undefined>> = {
  'openai-chat': partsOfOpenAIChat,
  'openai-responses': partsOfOpenAIResponses,
  'openai-embeddings': undefined,
  'anthropic-messages': partsOfAnthropicMessages,
};

/** The parts of a dialect's answers; `undefined` where they can't be judged. */
export function answerPartsOf({ name }: Pick<Dialect, 'name'>): AnswerParts | undefined {
  return all[name];
}
