import { anthropicBatches } from '../dialects/anthropic-batches.js';
import { openAIBatches } from '../dialects/openai-batches.js';
import type { BatchDoor } from './batch-door.js';

/**
 * How a client's provider takes batches.
 * @throws TypeError for a client that offers none
 */
export function batchDoorOf(client: unknown): BatchDoor {
  const door = openAIBatches(client) ?? anthropicBatches(client);
  if (!door)
    throw new TypeError(
      'gate.batch: expected a client of OpenAI’s or Anthropic’s SDK, with `batches` and `files`, or `messages.batches`, got one without.',
    );
  return door;
}
