import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseSlot, type SlotView } from './choose-slot.js';

const slot = (view: Partial<SlotView>): SlotView => ({ busy: false, common: 0, length: 0, usedAt: 0, ...view });
const anySlot = fc
  .record({
    busy: fc.boolean(),
    length: fc.nat(5000),
    share: fc.double({ min: 0, max: 1, noNaN: true }),
    usedAt: fc.nat(100),
  })
  .map(({ share, ...rest }) => ({ ...rest, common: Math.floor(rest.length * share) }));

describe('chooseSlot', () => {
  it('goes on where a conversation stands', () => {
    const slots = [
      slot({ length: 900, common: 120, usedAt: 1 }),
      slot({ length: 400, common: 400, usedAt: 9 }),
      slot({}),
    ];
    expect(chooseSlot(slots, true)).toEqual({ slot: 1 });
  });

  it('leaves another conversation where it stands, and copies the start that both share', () => {
    const slots = [slot({ length: 900, common: 500, usedAt: 5 }), slot({ length: 700, common: 0, usedAt: 2 })];
    expect(chooseSlot(slots, true)).toEqual({ slot: 1, donor: 0 });
  });

  it('copies from a slot that is busy', () => {
    const slots = [slot({ busy: true, length: 900, common: 500, usedAt: 5 }), slot({})];
    expect(chooseSlot(slots, true)).toEqual({ slot: 1, donor: 0 });
  });

  it('does not copy a handful of tokens', () => {
    const slots = [slot({ busy: true, length: 900, common: 20, usedAt: 5 }), slot({})];
    expect(chooseSlot(slots, true)).toEqual({ slot: 1 });
  });

  it('takes the slot with the longest common start where nothing can be copied', () => {
    const slots = [slot({ length: 900, common: 500, usedAt: 5 }), slot({ length: 700, common: 0, usedAt: 2 })];
    expect(chooseSlot(slots, false)).toEqual({ slot: 0 });
  });

  it('takes an idle slot if there is one, and copies only what is longer than what it has', () => {
    fc.assert(
      fc.property(fc.array(anySlot, { minLength: 1, maxLength: 8 }), fc.boolean(), (slots, canCopy) => {
        const choice = chooseSlot(slots, canCopy);
        expect(choice === undefined).toBe(slots.every(({ busy }) => busy));
        if (choice === undefined) return;
        const taken = slots[choice.slot];
        expect(taken?.busy).toBe(false);
        if (choice.donor === undefined) return;
        expect(canCopy).toBe(true);
        expect(choice.donor).not.toBe(choice.slot);
        expect(slots[choice.donor]?.common).toBeGreaterThan(taken?.common ?? Number.POSITIVE_INFINITY);
      }),
    );
  });
});
