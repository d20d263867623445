/** The job as it was: a call for each ticket, at the full price, and from the start again when it dies. */
import type OpenAI from 'openai';
import { summaryRequest } from './summary-request.js';
import type { Ticket } from './ticket-file.js';

/** Sums up tickets one by one. */
export async function sumUp(openai: OpenAI, tickets: readonly Ticket[]): Promise<ReadonlyMap<string, string>> {
  const summaries = new Map<string, string>();
  for (const ticket of tickets) {
    const answer = await openai.chat.completions.create(summaryRequest(ticket));
    summaries.set(ticket.id, answer.choices[0]?.message.content ?? '');
  }
  return summaries;
}
