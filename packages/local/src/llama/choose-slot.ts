/** What a slot holds, seen from a prompt. */
export interface SlotView {
  readonly busy: boolean;
  /** Tokens from the start that are the prompt's as well. */
  readonly common: number;
  /** Tokens that it holds, or will hold once what it reads is read. */
  readonly length: number;
  /** When it was last used; 0 for never. */
  readonly usedAt: number;
}

export interface SlotChoice {
  /** The slot that takes the prompt. */
  readonly slot: number;
  /** The slot from which the start of the prompt is copied, if that is worth it. */
  readonly donor?: number;
}

/** Copying fewer tokens than this costs more than reading them. */
const worthCopying = 32;

/**
 * Which slot takes a prompt: the one that it goes on from, if there is one; else the one that was used longest ago, so
 * that other conversations stay where they are, with the longest common start copied from whichever slot has it. So a
 * system prompt that all share is read once. Where nothing can be copied, the idle slot with the longest common start.
 * @returns `undefined` where all slots are busy
 */
export function chooseSlot(slots: readonly SlotView[], canCopy: boolean): SlotChoice | undefined {
  const views = slots.map((view, slot) => ({ ...view, slot }));
  const idle = views.filter((view) => !view.busy);
  const oldest = idle.toSorted((a, b) => a.usedAt - b.usedAt)[0];
  if (oldest === undefined) return undefined;

  const nearest = mostCommon(idle);
  // All that it holds is wanted, or nearly: taking it over destroys nothing.
  const goesOn = nearest.common > 0 && nearest.common >= nearest.length - worthCopying;
  if (!canCopy) return { slot: goesOn || nearest.common >= worthCopying ? nearest.slot : oldest.slot };
  const taken = goesOn ? nearest : oldest;
  const donor = mostCommon(views);
  return donor.common - taken.common >= worthCopying ? { slot: taken.slot, donor: donor.slot } : { slot: taken.slot };
}

function mostCommon<View extends SlotView>(views: readonly View[]): View {
  return views.reduce((best, view) => (view.common > best.common ? view : best));
}
