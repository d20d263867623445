import { type Provider, startProvider } from '@farthing/testkit';
import { type CallRecord, createGate } from 'farthing';
import OpenAI from 'openai';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { collect, normal, prompt } from './behaviour.js';
import { features } from './features.js';
import { model } from './stack.js';
import { observed } from './stacks/langfuse.js';

const key = 'sk-secret-of-the-application';
// One for all: langfuse keeps sending to where its first client was told to.
let provider: Provider;
beforeAll(async () => {
  provider = await startProvider();
});
afterAll(() => provider.close());
beforeEach(() => provider.reset());

type Traced = OpenAI & { readonly flushAsync: () => Promise<void> };

/** What langfuse sends home of one answer and one stream. */
async function tracesOf(client: OpenAI): Promise<readonly unknown[]> {
  const body = { model, max_tokens: 50, messages: [{ role: 'user' as const, content: prompt }] };
  await client.chat.completions.create(body);
  await collect(await client.chat.completions.create({ ...body, stream: true }));
  await (client as Traced).flushAsync();
  const batches = provider.requests.filter(({ path }) => path === '/api/public/ingestion');
  return batches
    .flatMap(({ json }) => json?.['batch'] as { type: string; body: Record<string, unknown> }[]) // as langfuse sends it
    .map(({ type, body: { name, input, output, usage, model: named, level } }) =>
      normal({ type, name, input, output, usage, named, level }),
    );
}

describe.each(Object.entries(features))('24 under langfuse, features %s', (_, options) => {
  const bare = (): OpenAI => new OpenAI({ apiKey: key, baseURL: provider.openaiBaseURL, maxRetries: 0 });
  const traced = (client: OpenAI): OpenAI =>
    observed(client, {
      clientInitParams: { publicKey: 'pk-lf-test', secretKey: 'sk-lf-test', baseUrl: provider.url },
    });
  const gateOf = () => {
    const gate = createGate({ ...options, onWarning: () => {} });
    const records: CallRecord[] = [];
    gate.on('call', (record) => records.push(record));
    return { gate, records };
  };

  it.each(['inside', 'outside'])('a gate %s traces the same, and meters every call', async (nesting) => {
    const expected = await tracesOf(traced(bare()));
    expect(expected.length).toBeGreaterThanOrEqual(4);
    provider.reset();
    const { gate, records } = gateOf();
    const client = nesting === 'inside' ? traced(gate.wrap(bare())) : gate.wrap(traced(bare()));
    expect(await tracesOf(client)).toEqual(expected);
    await expect.poll(() => records.map((record) => record.outcome)).toEqual(['complete', 'complete']);
    expect(gate.wrap(client)).toBe(client);
    expect(JSON.stringify(provider.requests.map(({ body }) => body.toString()))).not.toContain(key);
  });
});
