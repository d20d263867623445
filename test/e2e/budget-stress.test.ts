import { type Balance, type CallRecord, createGate, createMemoryLedger, type Ledger, usd } from 'farthing';
import { describe, expect, it } from 'vitest';
import { randomFrom, unreliableProvider } from './unreliable-provider.js';

const calls = 10_000;
const limit = usd('0.3');
const window = { kind: 'fixed', startMs: 0, endMs: null } as const;

/** A ledger that looks, after every step, whether the limit still holds, and counts how holds ended. */
function watched(ledger: Ledger): {
  ledger: Ledger;
  worst: () => number;
  open: Map<string, number>;
  endedTwice: string[];
} {
  const open = new Map<string, number>();
  const ended = new Set<string>();
  const endedTwice: string[] = [];
  let worst = 0;
  const look = (balances: readonly Balance[]): void => {
    for (const balance of balances)
      if (balance.account === 'all') worst = Math.max(worst, balance.spentNanoUsd + balance.heldNanoUsd);
  };
  const end = (id: string, took: boolean): void => {
    if (!took) return;
    if (ended.has(id)) endedTwice.push(id);
    ended.add(id);
    open.delete(id);
  };
  return {
    ledger: {
      ...ledger,
      reserve: async (request) => {
        const result = await ledger.reserve(request);
        if (result.granted) {
          open.set(request.id, result.hold.amountNanoUsd);
          look(result.balances);
        }
        return result;
      },
      settle: async (id, cost, options) => {
        const result = await ledger.settle(id, cost, options);
        end(id, result.ended);
        look(result.balances);
        return result;
      },
      release: async (id) => {
        const result = await ledger.release(id);
        end(id, result.ended);
        return result;
      },
    },
    worst: () => worst,
    open,
    endedTwice,
  };
}

describe('10,000 concurrent bounded calls under one hard budget', () => {
  it('never pass the limit, end every hold once, and add up to the nano-dollar', async () => {
    const random = randomFrom(20261124);
    const provider = unreliableProvider(random);
    const records: CallRecord[] = [];
    const watch = watched(createMemoryLedger());
    const gate = createGate({
      fetch: provider.fetch,
      ledger: watch.ledger,
      cache: true,
      coalesce: true,
      budgets: [
        { name: 'all', limit, per: 'total' },
        { name: 'tenant', limit: usd('0.08'), per: 'total', by: 'tenant', onExhausted: 'clamp' },
      ],
    });
    gate.on('call', (record) => records.push(record));

    const one = async (number: number): Promise<void> => {
      const kind = random();
      const stream = random() < 0.4;
      const controller = new AbortController();
      const body = {
        model: 'gpt-4.1-nano',
        max_tokens: 50 + Math.floor(random() * 400),
        stream,
        messages: [{ role: 'user', content: kind < 0.2 ? `common ${number % 40}` : `question ${number}` }],
      };
      const options = gate.options({
        tags: { tenant: `t${number % 4}` },
        ...(random() < 0.3 && { maxCost: usd('0.0002') }),
      });
      const attempt = async (): Promise<void> => {
        const response = await gate.fetch('https://api.openai.com/v1/chat/completions', {
          method: 'POST',
          headers: { authorization: 'Bearer stress', ...options.headers },
          body: JSON.stringify(body),
          signal: controller.signal,
        });
        if (kind > 0.9 && response.body && stream) {
          const reader = response.body.getReader();
          await reader.read();
          await reader.cancel();
        } else await response.text();
        // A client's retry: the same call again, in the same envelope.
        if (response.status === 500 && random() < 0.5) await attempt();
      };
      if (kind > 0.8 && kind < 0.9) setTimeout(() => controller.abort(), random() * 20);
      await attempt().catch(() => {});
      // The second leg of a cascade: another call in the same envelope.
      if (kind > 0.5 && kind < 0.6) await gate.run({ maxCost: usd('0.0003') }, attempt).catch(() => {});
    };
    await Promise.all(Array.from({ length: calls }, (_, number) => one(number)));
    await provider.idle();
    await expect.poll(() => watch.open.size, { timeout: 10_000 }).toBe(0);

    const balance = await gate.balance('all');
    const booked = records.reduce((sum, record) => sum + (record.costNanoUsd ?? 0), 0);
    expect(watch.worst()).toBeLessThanOrEqual(limit);
    expect(watch.worst()).toBeGreaterThan(limit * 0.5); // the limit was really reached for
    expect(watch.endedTwice).toEqual([]);
    expect(balance.heldNanoUsd).toBe(0);
    expect(balance.spentNanoUsd).toBe(booked);
    expect(await watch.ledger.balance({ account: 'all', window, limitNanoUsd: limit })).toMatchObject({
      spentNanoUsd: booked,
    });
    const kinds = (pick: (record: CallRecord) => string): string[] => [...new Set(records.map(pick))].sort();
    // Every kind of ending took part.
    expect(kinds((record) => record.outcome)).toEqual(['cancelled', 'complete', 'denied', 'failed']);
    expect(kinds((record) => record.source)).toEqual(['coalesced', 'denied', 'exact', 'provider']);
    expect(records.every((record) => record.costNanoUsd !== null)).toBe(true);
    await gate.close();
  });
});
