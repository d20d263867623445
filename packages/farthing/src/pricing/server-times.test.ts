import { describe, expect, it } from 'vitest';
import { readAnthropicUsage } from './read-anthropic-usage.js';
import { readOpenAIUsage } from './read-openai-usage.js';

/** As Groq tells them, and `@farthing/local`. */
const times = { queue_time: 0.0125, prompt_time: 0.25, completion_time: 1.5, total_time: 1.75 };
const read = { queueMs: 12.5, promptMs: 250, outputMs: 1500 };

describe('what a server says of its own time and cost', () => {
  it('is read in the format of OpenAI', () => {
    const reading = readOpenAIUsage({ prompt_tokens: 5, completion_tokens: 7, cost: 0.000000123456, ...times });
    expect(reading).toMatchObject({ serverTimes: read, reportedCostPicoUsd: 123_456n, unaccounted: [] });
  });

  it('is read in that of Anthropic', () => {
    const reading = readAnthropicUsage({ input_tokens: 5, output_tokens: 7, cost: 0.000000123456, ...times });
    expect(reading).toMatchObject({ serverTimes: read, reportedCostPicoUsd: 123_456n, unaccounted: [] });
  });

  it('is absent where it is not said, and not zero', () => {
    expect(readOpenAIUsage({ prompt_tokens: 5, completion_tokens: 7 })).not.toHaveProperty('serverTimes');
    expect(readAnthropicUsage({ input_tokens: 5, output_tokens: 7 })).not.toHaveProperty('reportedCostPicoUsd');
  });
});
