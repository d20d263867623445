import { join } from 'node:path';
import Anthropic from '@anthropic-ai/sdk';
import { type Batches, type BatchJob, type BatchRequest, createGate, type Gate, openFileLedger, usd } from 'farthing';
import OpenAI from 'openai';

/** Whose batches are used. */
export type Side = 'openai' | 'anthropic';

/** What the job of every night asks: one question twice, and one that fails at first. */
export function nightlyRequests(side: Side): readonly BatchRequest[] {
  const model = side === 'openai' ? 'gpt-4.1-nano' : 'claude-haiku-4-5';
  return ['Sum up ticket 1.', 'Sum up ticket 2.', 'Sum up ticket 1.', 'Sum up ticket 3, which fails at first.'].map(
    (content, at) => ({
      id: `ticket-${at}`,
      body: { model, max_tokens: 40, messages: [{ role: 'user', content }] },
    }),
  );
}

/** A gate whose budgets and jobs are in one directory, for one process at a time. */
export async function nightlyGate(
  dir: string,
  url: string,
  side: Side,
): Promise<{ readonly gate: Gate; readonly batches: Batches }> {
  const gate = createGate({
    ledger: await openFileLedger({ dir: join(dir, 'ledger') }),
    budgets: [{ name: 'nightly', limit: usd('5'), per: 'total' }],
    batches: { dir: join(dir, 'jobs'), pollMs: 2, lostAfterMs: 10 },
    onWarning: () => {},
  });
  const client =
    side === 'openai'
      ? new OpenAI({ apiKey: 'sk-secret', baseURL: `${url}/v1`, maxRetries: 0 })
      : new Anthropic({ apiKey: 'sk-secret', baseURL: url, maxRetries: 0 });
  return { gate, batches: gate.batch(client) };
}

/**
 * Takes every result of a job, one line for each, as a consumer does that must not do its work twice: what may come a
 * second time is looked up first.
 */
export async function readNightly(job: BatchJob, append: (line: string) => void, soFar: () => string): Promise<void> {
  for await (const { id, ok, redelivered } of job.results()) {
    const line = `${id} ${ok}\n`;
    if (!redelivered || !soFar().includes(line)) append(line);
  }
}
