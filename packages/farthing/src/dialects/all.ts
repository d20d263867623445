import { anthropicMessages } from './anthropic-messages.js';
import type { Dialect } from './dialect.js';
import { openAIChat } from './openai-chat.js';
import { openAIEmbeddings } from './openai-embeddings.js';
import { openAIResponses } from './openai-responses.js';

/** Every dialect that the gate reads. Their paths don't overlap, so the order does not matter. */
export const dialects: readonly Dialect[] = [openAIChat, openAIResponses, openAIEmbeddings, anthropicMessages];
