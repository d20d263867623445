/** The same job as a batch: half the price, equal tickets asked once, and gone on with when it dies. */
import type { BatchJob, Gate } from 'farthing';
import type OpenAI from 'openai';
import { summaryRequest } from './summary-request.js';
import type { Ticket } from './ticket-file.js';

/**
 * Sums up tickets in one batch job.
 * @param night names the job: run again for the same night, it goes on where it was
 */
export async function sumUpByNight(
  gate: Gate,
  openai: OpenAI,
  tickets: readonly Ticket[],
  night: string,
): Promise<{ readonly summaries: ReadonlyMap<string, string>; readonly job: BatchJob }> {
  const job = await gate.batch(openai).submit(
    tickets.map((ticket) => ({ id: ticket.id, body: summaryRequest(ticket) })),
    { name: `summaries-${night}`, tags: { job: 'nightly' } },
  );
  const summaries = new Map<string, string>();
  for await (const { id, ok, outcome, body } of job.results<OpenAI.ChatCompletion>())
    summaries.set(id, ok ? (body.choices[0]?.message.content ?? '') : `(${outcome})`);
  return { summaries, job };
}
