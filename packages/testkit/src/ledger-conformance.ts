import type { Claim, Ledger, LedgerWindow } from 'farthing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLedgerModel } from './ledger-model.js';

/** What the suite needs of a ledger. */
export interface LedgerUnderTest {
  /** A new, empty one that asks this clock. */
  readonly create: (options: { readonly now: () => number }) => Promise<Ledger>;
  /** Closes a ledger, with holds open, and opens what it kept as another owner. Left out where nothing is kept. */
  readonly reopen?: (ledger: Ledger, options: { readonly now: () => number }) => Promise<Ledger>;
}

const hour = 3_600_000;
const start = Date.UTC(2026, 0, 1);
const forEver: LedgerWindow = { kind: 'fixed', startMs: 0, endMs: null };
const hourAt = (number: number): LedgerWindow => ({
  kind: 'fixed',
  startMs: start + number * hour,
  endMs: start + (number + 1) * hour,
});
const claim = (
  account: string,
  limitNanoUsd: number | null,
  window: LedgerWindow = forEver,
  ephemeral = false,
): Claim => ({ account, limitNanoUsd, window, ...(ephemeral && { ephemeral }) });

/** Registers the tests that every ledger must pass. */
export function ledgerConformance(name: string, { create, reopen }: LedgerUnderTest): void {
  describe(`${name} conforms`, () => {
    let clock = start;
    let serial = 0;
    const make = async (): Promise<Ledger> => {
      clock = start;
      return create({ now: () => clock });
    };
    const reserve = (
      ledger: Ledger,
      claims: readonly Claim[],
      amountNanoUsd: number,
      more: { id?: string; minNanoUsd?: number; lasting?: boolean; ttlMs?: number } = {},
    ) =>
      ledger.reserve({
        id: more.id ?? `hold-${serial++}`,
        claims,
        amountNanoUsd,
        ttlMs: more.ttlMs ?? 1000,
        ...(more.lasting && { lasting: true }),
        ...(more.minNanoUsd !== undefined && { minNanoUsd: more.minNanoUsd }),
      });

    it('sets aside, settles, and releases', async () => {
      const ledger = await make();
      const a = claim('a', 100);
      expect(await reserve(ledger, [a], 60, { id: 'one' })).toMatchObject({
        granted: true,
        hold: { id: 'one', amountNanoUsd: 60 },
      });
      expect(await ledger.balance(a)).toMatchObject({ spentNanoUsd: 0, heldNanoUsd: 60, remainingNanoUsd: 40 });
      expect(await ledger.settle('one', 25)).toMatchObject({ ended: true });
      expect(await ledger.balance(a)).toMatchObject({ spentNanoUsd: 25, heldNanoUsd: 0, remainingNanoUsd: 75 });
      await reserve(ledger, [a], 75, { id: 'two' });
      expect(await ledger.release('two')).toMatchObject({ ended: true });
      expect(await ledger.balance(a)).toMatchObject({ spentNanoUsd: 25, heldNanoUsd: 0 });
      await ledger.close();
    });

    it('sets aside on every account or on none, and names those that lack room', async () => {
      const ledger = await make();
      const [wide, narrow] = [claim('wide', 1000), claim('narrow', 10)];
      expect(await reserve(ledger, [wide, narrow], 11)).toMatchObject({
        granted: false,
        lacking: [{ account: 'narrow', remainingNanoUsd: 10 }],
      });
      expect(await ledger.balance(wide)).toMatchObject({ heldNanoUsd: 0 });
      await ledger.close();
    });

    it('ends each hold once, whichever end comes first, and knows no hold that never was', async () => {
      const ledger = await make();
      const a = claim('a', 100);
      await reserve(ledger, [a], 50, { id: 'x' });
      expect((await ledger.settle('x', 10)).ended).toBe(true);
      expect((await ledger.settle('x', 99)).ended).toBe(false);
      expect((await ledger.release('x')).ended).toBe(false);
      expect((await ledger.settle('never', 5)).ended).toBe(false);
      expect(await ledger.balance(a)).toMatchObject({ spentNanoUsd: 10, heldNanoUsd: 0 });
      await ledger.close();
    });

    it('answers a repeated reserve with the first hold, and sets nothing aside again', async () => {
      const ledger = await make();
      const a = claim('a', 100);
      await reserve(ledger, [a], 50, { id: 'x' });
      expect(await reserve(ledger, [a], 50, { id: 'x' })).toMatchObject({ granted: true, hold: { amountNanoUsd: 50 } });
      expect(await ledger.balance(a)).toMatchObject({ heldNanoUsd: 50 });
      await ledger.close();
    });

    it('does not set aside again what was granted and has ended', async () => {
      const ledger = await make();
      const a = claim('a', 100);
      await reserve(ledger, [a], 50, { id: 'x' });
      await ledger.settle('x', 10);
      expect(await reserve(ledger, [a], 50, { id: 'x' })).toMatchObject({ granted: true, hold: { amountNanoUsd: 50 } });
      expect(await ledger.balance(a)).toMatchObject({ spentNanoUsd: 10, heldNanoUsd: 0 });
      expect((await ledger.settle('x', 10)).ended).toBe(false);
      await ledger.close();
    });

    it('takes a hold of nothing, and a settlement beyond its bound', async () => {
      const ledger = await make();
      const a = claim('a', 100);
      expect((await reserve(ledger, [a], 0, { id: 'x' })).granted).toBe(true);
      await ledger.settle('x', 130);
      expect(await ledger.balance(a)).toMatchObject({ spentNanoUsd: 130, remainingNanoUsd: -30 });
      expect((await reserve(ledger, [a], 0)).granted).toBe(false);
      await ledger.close();
    });

    it('refuses a request that names an account twice, whose limit it could pass', async () => {
      const ledger = await make();
      await expect(reserve(ledger, [claim('a', 100), claim('a', 100)], 80)).rejects.toThrow(/expected each claim/);
      await ledger.close();
    });

    it('takes a smaller request after a larger one was refused under the same id', async () => {
      const ledger = await make();
      const a = claim('a', 100);
      expect((await reserve(ledger, [a], 101, { id: 'x' })).granted).toBe(false);
      expect((await reserve(ledger, [a], 100, { id: 'x' })).granted).toBe(true);
      await ledger.close();
    });

    it('grants as much as every account has left, between the least and the most', async () => {
      const ledger = await make();
      const [a, b] = [claim('a', 100), claim('b', 70)];
      expect(await reserve(ledger, [a, b], 90, { minNanoUsd: 20 })).toMatchObject({
        granted: true,
        hold: { amountNanoUsd: 70 },
      });
      expect(await reserve(ledger, [a], 90, { minNanoUsd: 31 })).toMatchObject({ granted: false });
      await ledger.close();
    });

    it('never passes a limit, however many ask at once', async () => {
      const ledger = await make();
      const a = claim('a', 1000);
      const results = await Promise.all(Array.from({ length: 1000 }, () => reserve(ledger, [a], 7)));
      expect(results.filter((result) => result.granted).length).toBe(142);
      expect(await ledger.balance(a)).toMatchObject({ heldNanoUsd: 994 });
      await ledger.close();
    });

    it('counts an account without a limit, and never refuses it', async () => {
      const ledger = await make();
      const soft = claim('soft', null);
      await reserve(ledger, [soft], 1_000_000, { id: 'x' });
      await ledger.settle('x', 2_000_000);
      expect(await ledger.balance(soft)).toMatchObject({ spentNanoUsd: 2_000_000, remainingNanoUsd: null });
      await ledger.close();
    });

    it('begins each window anew, and books a late settlement where its hold was', async () => {
      const ledger = await make();
      await reserve(ledger, [claim('a', 100, hourAt(0))], 90, { id: 'late' });
      clock = start + hour + 1;
      expect(await reserve(ledger, [claim('a', 100, hourAt(1))], 100, { id: 'next' })).toMatchObject({ granted: true });
      await ledger.settle('late', 90);
      expect(await ledger.balance(claim('a', 100, hourAt(1)))).toMatchObject({ spentNanoUsd: 0, heldNanoUsd: 100 });
      await ledger.close();
    });

    it('carries what passed a limit over as debt, and forgives one limit for each window that goes by', async () => {
      const ledger = await make();
      await reserve(ledger, [claim('a', 100, hourAt(0))], 10, { id: 'x' });
      await ledger.settle('x', 350);
      clock = start + hour;
      expect(await ledger.balance(claim('a', 100, hourAt(1)))).toMatchObject({
        spentNanoUsd: 250,
        debtNanoUsd: 250,
        remainingNanoUsd: -150,
      });
      clock = start + 3 * hour;
      expect(await ledger.balance(claim('a', 100, hourAt(3)))).toMatchObject({
        spentNanoUsd: 50,
        remainingNanoUsd: 50,
      });
      await ledger.close();
    });

    it('carries debt of a late settlement through the windows since', async () => {
      const ledger = await make();
      await reserve(ledger, [claim('a', 100, hourAt(0))], 10, { id: 'late' });
      clock = start + hour;
      await reserve(ledger, [claim('a', 100, hourAt(1))], 60, { id: 'x' });
      await ledger.settle('x', 60);
      clock = start + 2 * hour;
      // To look at a window begins nothing: what is asked meanwhile must not change what is owed.
      expect(await ledger.balance(claim('a', 100, hourAt(2)))).toMatchObject({ spentNanoUsd: 0 });
      await ledger.settle('late', 200);
      // 100 beyond the first window's limit, and with 60 in the second 60 beyond its own.
      expect(await ledger.balance(claim('a', 100, hourAt(2)))).toMatchObject({ spentNanoUsd: 60, debtNanoUsd: 60 });
      await ledger.close();
    });

    it('carries no debt of an account without a limit', async () => {
      const ledger = await make();
      await reserve(ledger, [claim('soft', null, hourAt(0))], 10, { id: 'x' });
      await ledger.settle('x', 999);
      clock = start + hour;
      expect(await ledger.balance(claim('soft', null, hourAt(1)))).toMatchObject({ spentNanoUsd: 0, debtNanoUsd: 0 });
      await ledger.close();
    });

    it('counts in a rolling window all that was spent within its length, and nothing much older', async () => {
      const spend = fc.record({ afterMs: fc.nat(hour / 4), cost: fc.nat(100) });
      await fc.assert(
        fc.asyncProperty(fc.array(spend, { minLength: 1, maxLength: 40 }), async (spends) => {
          let ledger = await make();
          const rolling = claim('r', 1_000_000, { kind: 'rolling', lengthMs: hour });
          const booked: { readonly atMs: number; readonly cost: number }[] = [];
          const since = (atMs: number): number =>
            booked.filter((each) => each.atMs > atMs).reduce((sum, each) => sum + each.cost, 0);
          for (const [index, { afterMs, cost }] of spends.entries()) {
            clock += afterMs;
            await reserve(ledger, [rolling], 100, { id: `s${index}` });
            await ledger.settle(`s${index}`, cost);
            booked.push({ atMs: clock, cost });
            clock += afterMs;
            if (reopen && index % 8 === 7) ledger = await reopen(ledger, { now: () => clock });
            const { spentNanoUsd } = await ledger.balance(rolling);
            expect(spentNanoUsd).toBeGreaterThanOrEqual(since(clock - hour));
            expect(spentNanoUsd).toBeLessThanOrEqual(since(clock - hour - hour / 30));
          }
          await ledger.close();
        }),
        { numRuns: 40 },
      );
    });

    it('keeps what counts when a budget begins to roll, or no longer does', async () => {
      const ledger = await make();
      const [fixed, rolling] = [claim('a', 100, hourAt(0)), claim('a', 100, { kind: 'rolling', lengthMs: hour })];
      await reserve(ledger, [fixed], 50, { id: 'x' });
      await ledger.settle('x', 50);
      await reserve(ledger, [fixed], 30, { id: 'open' });
      expect(await ledger.balance(rolling)).toMatchObject({ spentNanoUsd: 50, heldNanoUsd: 30 });
      await reserve(ledger, [rolling], 20, { id: 'y' });
      await ledger.settle('y', 20);
      expect(await ledger.balance(fixed)).toMatchObject({ spentNanoUsd: 70, heldNanoUsd: 30 });
      await ledger.settle('open', 30);
      expect(await ledger.balance(rolling)).toMatchObject({ spentNanoUsd: 100, heldNanoUsd: 0 });
      await ledger.close();
    });

    it('lets spend leave a rolling window no sooner than a whole length later', async () => {
      const ledger = await make();
      const rolling = claim('r', 100, { kind: 'rolling', lengthMs: hour });
      await reserve(ledger, [rolling], 100, { id: 'x' });
      clock = start + 10;
      await ledger.settle('x', 100);
      clock = start + 10 + hour - 1;
      expect((await reserve(ledger, [rolling], 1)).granted).toBe(false);
      clock = start + 10 + hour + hour / 30;
      expect((await reserve(ledger, [rolling], 100)).granted).toBe(true);
      await ledger.close();
    });

    it('settles at its bound, once asked, what its owner has not renewed', async () => {
      const ledger = await make();
      const a = claim('a', 100);
      await reserve(ledger, [a], 30, { id: 'dead' });
      await reserve(ledger, [a], 20, { id: 'alive' });
      clock = start + 900;
      await ledger.renew(['alive', 'unknown']);
      clock = start + 1500;
      expect(await ledger.recover()).toEqual([{ id: 'dead', accounts: ['a'], amountNanoUsd: 30 }]);
      expect(await ledger.recover()).toEqual([]);
      expect(await ledger.balance(a)).toMatchObject({ spentNanoUsd: 30, heldNanoUsd: 20 });
      await ledger.close();
    });

    it('settles at its bound a lasting hold that was not renewed, as any other', async () => {
      const ledger = await make();
      const a = claim('a', 100);
      await reserve(ledger, [a], 30, { id: 'job', lasting: true });
      clock = start + 1000;
      expect(await ledger.recover()).toEqual([]);
      clock = start + 1001;
      expect(await ledger.recover()).toEqual([{ id: 'job', accounts: ['a'], amountNanoUsd: 30 }]);
      expect((await ledger.settle('job', 5)).ended).toBe(false);
      expect(await ledger.balance(a)).toMatchObject({ spentNanoUsd: 30, heldNanoUsd: 0 });
      await ledger.close();
    });

    it('holds what lives only in memory to the same limit', async () => {
      const ledger = await make();
      const envelope = claim('envelope', 50, forEver, true);
      expect((await reserve(ledger, [envelope], 50)).granted).toBe(true);
      expect((await reserve(ledger, [envelope], 1)).granted).toBe(false);
      await ledger.close();
    });

    it.each([1.5, -1, Number.NaN, 2 ** 53])('refuses %s as an amount', async (amount) => {
      const ledger = await make();
      await expect(reserve(ledger, [claim('a', 100)], amount)).rejects.toThrow(
        /expected `amountNanoUsd` to be a non-negative integer/,
      );
      await ledger.close();
    });

    it('refuses to work once it is closed', async () => {
      const ledger = await make();
      await ledger.close();
      await expect(reserve(ledger, [claim('a', 100)], 1)).rejects.toThrow(/closed/);
    });

    if (reopen)
      it('settles at its bound what a dead owner held, once, and knows it no more', async () => {
        const first = await make();
        const [a, envelope] = [claim('a', 100), claim('envelope', 50, forEver, true)];
        await reserve(first, [a, envelope], 30, { id: 'x' });
        await reserve(first, [envelope], 20, { id: 'y' });
        const second = await reopen(first, { now: () => clock });
        expect(await second.balance(a)).toMatchObject({ spentNanoUsd: 30, heldNanoUsd: 0 });
        expect(await second.balance(envelope)).toMatchObject({ spentNanoUsd: 0, heldNanoUsd: 0 });
        expect(await second.recover()).toEqual([{ id: 'x', accounts: ['a'], amountNanoUsd: 30 }]);
        expect(await second.recover()).toEqual([]);
        expect((await second.settle('x', 1)).ended).toBe(false);
        const third = await reopen(second, { now: () => clock });
        expect(await third.recover()).toEqual([]);
        expect(await third.balance(a)).toMatchObject({ spentNanoUsd: 30 });
        await third.close();
      });

    if (reopen) {
      it('keeps a lasting hold for the next owner, who ends it once at its true cost', async () => {
        const first = await make();
        const [a, envelope] = [claim('a', 100), claim('envelope', 50, forEver, true)];
        await reserve(first, [a, envelope], 30, { id: 'job', lasting: true });
        await reserve(first, [a], 20, { id: 'call' });
        const second = await reopen(first, { now: () => clock });
        expect(await second.recover()).toEqual([{ id: 'call', accounts: ['a'], amountNanoUsd: 20 }]);
        expect(await reserve(second, [a], 40, { id: 'job', lasting: true })).toMatchObject({
          granted: true,
          hold: { amountNanoUsd: 30 },
        });
        expect(await second.balance(a)).toMatchObject({ spentNanoUsd: 20, heldNanoUsd: 30 });
        expect((await second.settle('job', 7)).ended).toBe(true);
        expect((await second.settle('job', 7)).ended).toBe(false);
        const third = await reopen(second, { now: () => clock });
        expect((await third.settle('job', 7)).ended).toBe(false);
        expect(await third.recover()).toEqual([]);
        expect(await third.balance(a)).toMatchObject({ spentNanoUsd: 27, heldNanoUsd: 0 });
        await third.close();
      });

      it('counts the time to live of a lasting hold from its reserve, however often it changes owner', async () => {
        let ledger = await make();
        const a = claim('a', 100);
        await reserve(ledger, [a], 30, { id: 'job', lasting: true });
        clock = start + 600;
        ledger = await reopen(ledger, { now: () => clock });
        expect(await ledger.recover()).toEqual([]);
        clock = start + 1001;
        ledger = await reopen(ledger, { now: () => clock });
        expect(await ledger.recover()).toEqual([{ id: 'job', accounts: ['a'], amountNanoUsd: 30 }]);
        await ledger.close();
      });

      it('does not set aside again a lasting hold that ended just before its journal was begun anew', async () => {
        let ledger = await make();
        const a = claim('a', 100_000);
        await reserve(ledger, [a], 30, { id: 'job', lasting: true });
        await ledger.settle('job', 7);
        for (let number = 0; number < 60; number++) {
          await reserve(ledger, [a], 1, { id: `call-${number}` });
          await ledger.settle(`call-${number}`, 0);
        }
        for (let owner = 0; owner < 2; owner++) ledger = await reopen(ledger, { now: () => clock });
        expect(await reserve(ledger, [a], 30, { id: 'job', lasting: true })).toMatchObject({ granted: true });
        expect((await ledger.settle('job', 7)).ended).toBe(false);
        expect(await ledger.balance(a)).toMatchObject({ spentNanoUsd: 7, heldNanoUsd: 0 });
        await ledger.close();
      });
    }

    it('agrees with a plain model over any sequence of steps', async () => {
      const limits = { a: 150, b: 40, soft: null } as const;
      const names = ['a', 'b', 'soft'] as const;
      const ttlMs = 3 * hour;
      const step = fc.oneof(
        fc.record({
          kind: fc.constant('reserve' as const),
          accounts: fc.subarray([...names], { minLength: 1 }),
          amount: fc.nat(60),
          min: fc.option(fc.nat(60), { nil: undefined }),
          lasting: fc.boolean(),
        }),
        fc.record({ kind: fc.constant('settle' as const), hold: fc.nat(30), cost: fc.nat(400) }),
        fc.record({ kind: fc.constant('release' as const), hold: fc.nat(30) }),
        fc.record({ kind: fc.constant('wait' as const), ms: fc.nat(2 * hour) }),
        fc.record({ kind: fc.constant('look' as const), account: fc.constantFrom(...names) }),
        fc.constant({ kind: 'reopen' as const }),
      );
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 80 }), async (steps) => {
          let ledger = await make();
          const model = createLedgerModel(limits);
          const window = (): number => Math.floor((clock - start) / hour);
          const now = (account: (typeof names)[number]): Claim => claim(account, limits[account], hourAt(window()));
          let reserved = 0;
          const reservedAtMs = new Map<string, number>();
          for (const each of steps) {
            if (each.kind === 'wait') clock += each.ms;
            else if (each.kind === 'look')
              expect(await ledger.balance(now(each.account))).toMatchObject(model.balance(each.account, window()));
            else if (each.kind === 'reopen') {
              if (!reopen) continue;
              ledger = await reopen(ledger, { now: () => clock });
              const assumed = (await ledger.recover()).map(({ id, amountNanoUsd }) => ({ id, amountNanoUsd }));
              expect(assumed).toEqual(model.recover((id) => clock - (reservedAtMs.get(id) ?? 0) > ttlMs));
            } else if (each.kind === 'reserve') {
              const id = `h${reserved++}`;
              const { amount, min, lasting } = each;
              reservedAtMs.set(id, clock);
              const result = await reserve(ledger, each.accounts.map(now), amount, {
                id,
                lasting,
                ttlMs,
                ...(min !== undefined && { minNanoUsd: min }),
              });
              const expected = model.reserve(id, each.accounts, amount, min ?? amount, window(), lasting);
              expect(result.granted ? result.hold.amountNanoUsd : undefined).toBe(expected);
            } else {
              const id = `h${each.hold}`;
              const { ended } = each.kind === 'settle' ? await ledger.settle(id, each.cost) : await ledger.release(id);
              expect(ended).toBe(model.end(id, each.kind === 'settle' ? each.cost : 0));
            }
          }
          for (const account of names)
            expect(await ledger.balance(now(account))).toMatchObject(model.balance(account, window()));
          await ledger.close();
        }),
        { numRuns: 300 },
      );
    }, 30_000);
  });
}
