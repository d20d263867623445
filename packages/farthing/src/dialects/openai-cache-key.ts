import type { JsonObject } from './dialect.js';
import { asObject, asText, objectsOf } from './json.js';
import { withField } from './json-text.js';
import type { Prompt, PromptBlock, PromptCaching } from './prompt-caching.js';

/**
 * OpenAI caches prefixes of 1,024 tokens and more by itself. `prompt_cache_key` decides, with the beginning of the prompt,
 * to which machine a request goes; each holds its own cache. As published at
 * developers.openai.com/api/docs/guides/prompt-caching, read in November 2026.
 */
export const keyOfOpenAIChat: PromptCaching = {
  ...keyed(),
  read: (body) => (Array.isArray(body['messages']) ? promptOf(body, body['messages'], undefined) : undefined),
};

/** The same for the Responses API. */
export const keyOfOpenAIResponses: PromptCaching = {
  ...keyed(),
  read: (body) => {
    const { input, instructions } = body;
    if (typeof input !== 'string' && !Array.isArray(input)) return undefined;
    return promptOf(body, Array.isArray(input) ? input : [input], asText(instructions));
  },
};

const leastCachedTokens = 1024;
/** Rough: a picture that is sent as its bytes is no text to be counted. */
const imageTokens = 1000;
/** What stands around a text. */
const aroundText = 4;

function keyed(): Omit<PromptCaching, 'read'> {
  return {
    // Documented by OpenAI, Mistral and, for its newer path, Azure; servers that only speak the format may refuse it.
    acceptedAt: (provider, url) =>
      provider === 'openai' ||
      provider === 'mistral' ||
      (provider === 'azure' && /^https:\/\/[^/]+\/openai\/v1\//.test(url)),
    isSteered: (body) => 'prompt_cache_key' in body,
    leastTokens: () => leastCachedTokens,
    withKey: (body, bodyText, key) => ({
      body: { ...body, prompt_cache_key: key },
      bodyText: withField(bodyText, 'prompt_cache_key', JSON.stringify(key)),
    }),
  };
}

function promptOf(body: JsonObject, items: readonly unknown[], instructions: string | undefined): Prompt {
  const tools = body['tools'] ?? body['functions'];
  const blocks: PromptBlock[] = [];
  if (tools !== undefined && tools !== null) blocks.push(blockOf('tools', JSON.stringify(tools)));
  if (instructions !== undefined) blocks.push(blockOf('system', instructions));
  let isLeading = true;
  for (const item of items) {
    const role = asText(asObject(item)?.['role']) ?? '';
    isLeading &&= role === 'system' || role === 'developer';
    blocks.push(itemBlock(item, isLeading ? 'system' : 'messages', role));
  }
  return {
    blocks,
    seed: JSON.stringify([body['model']]),
    messagesSeed: '',
    lastTurn: blocks.length > 0 ? blocks.length - 1 : undefined,
    turns: items.length,
    opening: blocks.find(({ section }) => section === 'messages')?.content ?? '',
    hasFiles: blocks.some(({ moreTokens }) => moreTokens > aroundText),
  };
}

function itemBlock(item: unknown, section: PromptBlock['section'], role: string): PromptBlock {
  const content = asObject(item)?.['content'] ?? item;
  const parts = objectsOf(content);
  const images = parts.filter((part) => /image|file|audio/.test(asText(part['type']) ?? '')).length;
  const text = asText(content) ?? parts.map((part) => asText(part['text']) ?? '').join('\n');
  return {
    ...blockOf(section, text),
    content: `${role}:${JSON.stringify(item) ?? ''}`,
    moreTokens: aroundText + images * imageTokens,
  };
}

function blockOf(section: PromptBlock['section'], text: string): PromptBlock {
  return { section, path: [], content: text, text, moreTokens: aroundText, canEnd: false };
}
