import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as openTelemetry from '@opentelemetry/api';
import { type GateOptions, lexical, usd } from 'farthing';

const folder = mkdtempSync(join(tmpdir(), 'farthing-contract-'));

/** A gate as plain as it comes, and one with everything switched on. */
export const features = {
  off: {},
  on: {
    // No audit is drawn: it would be one more request, which the provider's logs would show.
    cache: { share: 'all', semantic: { embedder: lexical(), random: () => 0.999 } },
    coalesce: true,
    promptCache: { maxLoss: 1 },
    exposeHeaders: true,
    countTokens: true,
    recordText: true,
    records: { path: join(folder, 'calls.jsonl') },
    openTelemetry,
    // Speech and images cost what no dialect reads; under a hard budget they are denied unless this lets them pass.
    onUnmetered: 'record',
    budgets: [
      { name: 'all', limit: usd('1000'), per: 'total' },
      { name: 'tenant', limit: usd('100'), per: 'day', by: 'tenant' },
    ],
    // The only target is the model itself: all that a route does, and nothing that changes an answer.
    routes: { 'gpt-4.1-nano': { targets: ['gpt-4.1-nano'] }, 'claude-haiku-4-5': { targets: ['claude-haiku-4-5'] } },
    prices: { 'no-such-model': { input: '1', output: '1' } },
  },
} as const satisfies Record<string, GateOptions>;
