import type OpenAI from 'openai';
import type { Ticket } from './ticket-file.js';

/** What is asked about a ticket, by a call or in a batch. */
export function summaryRequest({ text }: Ticket): OpenAI.ChatCompletionCreateParamsNonStreaming {
  return {
    model: 'gpt-4.1-mini',
    max_completion_tokens: 120,
    messages: [
      { role: 'system', content: 'Sum up a support ticket in one sentence, and say what is to be done.' },
      { role: 'user', content: text },
    ],
  };
}
