import type { Claim, Ledger, LedgerWindow } from 'farthing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

/** What the suite needs of a ledger: a new, empty one that asks this clock. */
export interface LedgerUnderTest {
  readonly create: (options: { readonly now: () => number }) => Promise<Ledger>;
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
export function ledgerConformance(name: string, { create }: LedgerUnderTest): void {
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
      more: { id?: string; minNanoUsd?: number } = {},
    ) =>
      ledger.reserve({
        id: more.id ?? `hold-${serial++}`,
        claims,
        amountNanoUsd,
        ttlMs: 1000,
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

    it('agrees with a plain model over any sequence of steps', async () => {
      const step = fc.oneof(
        fc.record({
          kind: fc.constant('reserve' as const),
          accounts: fc.subarray(['a', 'b', 'c'], { minLength: 1 }),
          amount: fc.nat(60),
        }),
        fc.record({ kind: fc.constantFrom('settle' as const, 'release' as const), hold: fc.nat(30), cost: fc.nat(60) }),
      );
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
          const ledger = await make();
          const limit = 150;
          const spent: Record<string, number> = { a: 0, b: 0, c: 0 };
          const holds: { id: string; accounts: readonly string[]; amount: number; open: boolean }[] = [];
          const held = (account: string): number =>
            holds
              .filter((hold) => hold.open && hold.accounts.includes(account))
              .reduce((sum, hold) => sum + hold.amount, 0);
          for (const each of steps) {
            if (each.kind === 'reserve') {
              const id = `h${holds.length}`;
              const fits = each.accounts.every(
                (account) => (spent[account] ?? 0) + held(account) + each.amount <= limit,
              );
              const result = await reserve(
                ledger,
                each.accounts.map((account) => claim(account, limit)),
                each.amount,
                { id },
              );
              expect(result.granted).toBe(fits);
              holds.push({ id, accounts: each.accounts, amount: each.amount, open: fits });
              continue;
            }
            const hold = holds[each.hold];
            const { ended } =
              each.kind === 'settle'
                ? await ledger.settle(`h${each.hold}`, each.cost)
                : await ledger.release(`h${each.hold}`);
            expect(ended).toBe(hold?.open ?? false);
            if (!hold?.open) continue;
            hold.open = false;
            if (each.kind === 'settle')
              for (const account of hold.accounts) spent[account] = (spent[account] ?? 0) + each.cost;
          }
          for (const account of ['a', 'b', 'c'])
            expect(await ledger.balance(claim(account, limit))).toMatchObject({
              spentNanoUsd: spent[account],
              heldNanoUsd: held(account),
            });
          await ledger.close();
        }),
        { numRuns: 60 },
      );
    });
  });
}
