import { type Provider, startProvider } from '@farthing/testkit';
import { type CallRecord, createGate, type Gate, type GateOptions } from 'farthing';
import { afterAll, beforeAll, beforeEach } from 'vitest';

/** A provider for the tests of one file, forgetful between them. */
export function sharedProvider(): { readonly provider: Provider } {
  const shared: { provider?: Provider } = {};
  beforeAll(async () => {
    shared.provider = await startProvider();
  });
  afterAll(() => shared.provider?.close());
  beforeEach(() => shared.provider?.reset());
  return shared as { readonly provider: Provider }; // set before any test runs
}

/** A gate that keeps its records and warnings. */
export function watchedGate(options: GateOptions = {}): {
  readonly gate: Gate;
  readonly records: CallRecord[];
  readonly warnings: string[];
} {
  const warnings: string[] = [];
  const gate = createGate({ onWarning: ({ code, message }) => void warnings.push(`${code}: ${message}`), ...options });
  const records: CallRecord[] = [];
  gate.on('call', (record) => records.push(record));
  return { gate, records, warnings };
}

/** A chat completion as the arguments of fetch. */
export function chat(
  baseURL: string,
  body: object = {},
  headers: Record<string, string> = {},
): [string, RequestInit & { body: string }] {
  return [
    `${baseURL}/chat/completions`,
    {
      method: 'POST',
      headers: { authorization: 'Bearer sk-secret-key', 'content-type': 'application/json', ...headers },
      body: JSON.stringify({
        model: 'gpt-4.1-nano',
        max_tokens: 50,
        messages: [{ role: 'user', content: 'The chain slips.' }],
        ...body,
      }),
    },
  ];
}
