import { marksOfAnthropicMessages } from './anthropic-messages-marks.js';
import type { Dialect, JsonObject } from './dialect.js';
import type { JsonPath } from './json-text.js';
import { keyOfOpenAIChat, keyOfOpenAIResponses } from './openai-cache-key.js';

/** How long a provider keeps what a mark wrote, from its last use on. */
export type CacheTtl = '5m' | '1h';

/** A piece of a prompt that a provider's cache takes in whole, in the order in which it comes before the model. */
export interface PromptBlock {
  readonly section: 'tools' | 'system' | 'messages';
  readonly path: JsonPath;
  /** Equal where the provider's cache takes two blocks for equal: whether text stands alone or in a list is the same. */
  readonly content: string;
  /** The text of it, as far as it is text: to count, and to compare. */
  readonly text: string;
  /** Tokens beside those of its text: pictures, files. A rough figure, rather too large than too small. */
  readonly moreTokens: number;
  /** A mark may stand at its end. */
  readonly canEnd: boolean;
}

/** A request's prompt in blocks. */
export interface Prompt {
  readonly blocks: readonly PromptBlock[];
  /** What tells prefixes apart before any block is read (the model), … */
  readonly seed: string;
  /** … and from the first message on, such as how the model is to think. */
  readonly messagesSeed: string;
  /** Index of the last block of the last turn that a mark may stand at; `undefined` where there is none. */
  readonly lastTurn: number | undefined;
  /** How many messages there are: how far a conversation has come. */
  readonly turns: number;
  /** What opened the conversation: it stays as the conversation goes on. */
  readonly opening: string;
  /** Pictures or files are among it, so that its size is rough until there is a bill. */
  readonly hasFiles: boolean;
}

/** A request that was changed, as object and as text. */
export interface ChangedBody {
  readonly body: JsonObject;
  readonly bodyText: string;
}

/** A place for a mark, and for how long what is before it shall be kept. */
export interface Mark {
  readonly path: JsonPath;
  readonly ttl: CacheTtl;
}

/** What a dialect knows of its provider's cache of prompts. Apart from `Dialect`, since only one stage needs it. Pure. */
export interface PromptCaching {
  /** Whether this host is known to take the marks, or the key: another may refuse a field that it does not know. */
  readonly acceptedAt: (provider: string, url: string) => boolean;
  /** The prompt in blocks; `undefined` for a body that is none. Never throws. */
  readonly read: (body: JsonObject) => Prompt | undefined;
  /** The caller steers the cache itself. */
  readonly isSteered: (body: JsonObject) => boolean;
  /** Prefixes under so many tokens are not cached, for a model. */
  readonly leastTokens: (model: string) => number;
  /** Marks, where the provider caches what is marked, … */
  readonly mark?: (body: JsonObject, bodyText: string, marks: readonly Mark[]) => ChangedBody | undefined;
  /** … or a key that brings equal prefixes to the same machine, where it caches by itself. */
  readonly withKey?: (body: JsonObject, bodyText: string, key: string) => ChangedBody | undefined;
}

const all: Readonly<Record<Dialect['name'], PromptCaching | undefined>> = {
  'openai-chat': keyOfOpenAIChat,
  'openai-responses': keyOfOpenAIResponses,
  'openai-embeddings': undefined,
  'anthropic-messages': marksOfAnthropicMessages,
};

/** How a dialect's prompts are cached; `undefined` where they are not. */
export function promptCachingOf({ name }: Pick<Dialect, 'name'>): PromptCaching | undefined {
  return all[name];
}
