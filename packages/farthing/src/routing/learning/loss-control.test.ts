import { describe, expect, it } from 'vitest';
import { seeded } from '../../audit/seeded-random.js';
import { createLossControl } from './loss-control.js';

type Control = ReturnType<typeof createLossControl>;

/** Audits of the mix in force, of whose calls at the cheapest target this share loses all; answers how many until it is revoked. */
function audit(control: Control, count: number, failing: number, seed = 1): number | undefined {
  const random = seeded(seed);
  for (let index = 1; index <= count; index++) {
    const rank = random();
    const routed = rank < 1 - control.strongShare() ? 'weak' : 'strong';
    if (control.count({ rank, gain: random() < failing ? 1 : 0, routed, upTo: 20 })) return index;
  }
  return undefined;
}

describe('loss control', () => {
  it('holds the policy share until something better is proved', () => {
    const control = createLossControl(0.02, 0.8);
    expect(control.strongShare()).toBe(0.8);
    expect(control.report()).toMatchObject({ state: 'proving', drawn: 0, estimate: undefined, bound: 1 });
    audit(control, 2000, 0.01);
    expect(control.report().state).toBe('proved');
    expect(control.strongShare()).toBeLessThan(0.5);
  });

  it('spends its audits where the next proof is, and no more than it may', () => {
    const control = createLossControl(0.02, 1);
    const random = seeded(9);
    let asked = 0;
    for (let call = 0; call < 20_000; call++) {
      const rank = random();
      const { probability, forAll, upTo, isFree } = control.drawOf(rank, 0.1);
      const lot = random();
      if (lot < forAll || (lot < probability && !isFree)) asked++;
      if (call < 3) expect([probability, forAll, upTo]).toEqual([expect.closeTo(0.3), expect.closeTo(0.05), 4]);
      if (call === 500) expect(control.report().drawn).toBeGreaterThan(2 * asked);
      if (lot >= probability) continue;
      const routed = rank < 1 - control.strongShare() ? 'weak' : 'strong';
      control.count({ rank, gain: random() < 0.005 ? 1 : 0, routed, upTo: lot < forAll ? 20 : upTo });
    }
    expect(asked / 20_000).toBeCloseTo(0.1, 2);
  });

  it('revokes within some tens of audits of a collapse, and sends all up until it is proved anew', () => {
    const control = createLossControl(0.02, 0.5);
    audit(control, 2000, 0.005);
    expect(audit(control, 200, 0.5, 2)).toBeLessThan(60);
    expect(control.strongShare()).toBe(1);
    expect(control.report()).toMatchObject({ state: 'revoked', epoch: 1, drawn: 0 });
    audit(control, 3000, 0.005, 3);
    expect(control.report()).toMatchObject({ state: 'proved', epoch: 1 });
  });

  it('also revokes a policy share that nobody proved, where audits show that it loses too much', () => {
    const control = createLossControl(0.02, 0.3);
    expect(audit(control, 2000, 0.3)).toBeLessThan(200);
    expect(control.strongShare()).toBe(1);
  });

  it('seldom revokes what keeps its promise', () => {
    const revoked = Array.from({ length: 50 }, (_, seed) => {
      const control = createLossControl(0.02, 1);
      return audit(control, 4000, 0.01, seed + 10) !== undefined;
    }).filter(Boolean);
    expect(revoked.length).toBeLessThanOrEqual(3);
  });

  it('comes back from a snapshot of the same promise, and from no other', () => {
    const control = createLossControl(0.02, 1);
    audit(control, 2000, 0.005);
    const saved: unknown = JSON.parse(JSON.stringify(control.snapshot()));
    const again = createLossControl(0.02, 1);
    expect(again.restore(saved)).toBe(true);
    expect(again.report()).toEqual(control.report());
    for (const other of [
      undefined,
      {},
      { ...(saved as object), maxLoss: 0.01 },
      { ...(saved as object), watch: [0] },
      { ...(saved as object), epoch: -1 },
    ]) {
      const fresh = createLossControl(0.02, 1);
      expect(fresh.restore(other)).toBe(false);
      expect(fresh.strongShare()).toBe(1);
    }
  });

  it('does not believe a proof that its counts speak against', () => {
    const control = createLossControl(0.02, 1);
    audit(control, 200, 1);
    const saved = JSON.parse(JSON.stringify(control.snapshot())) as { table: { proved: number } };
    saved.table.proved = 20;
    const fresh = createLossControl(0.02, 1);
    fresh.restore(saved);
    expect(fresh.strongShare()).toBe(1);
  });
});
