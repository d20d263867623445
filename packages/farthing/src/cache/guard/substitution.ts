import type { Alignment, Side } from './align.js';
import type { Overlap } from './overlap.js';
import type { Token } from './token.js';

/** Two leftover words in the same place: what stands before and after both corresponds. The mark of a near miss. */
export interface Substitution {
  readonly left: Token;
  readonly right: Token;
  /** Both are names. */
  readonly names: boolean;
}

function slotOf(side: Side, token: Token): { before: Token | undefined; after: Token | undefined } {
  const { tokens } = side.question;
  const matched = (other: Token | undefined): other is Token => other?.content === true && side.links.has(other);
  let before = token.index - 1;
  while (before >= 0 && !matched(tokens[before])) before--;
  let after = token.index + 1;
  while (after < tokens.length && !matched(tokens[after])) after++;
  return { before: tokens[before], after: tokens[after] };
}

/** Finds leftover words that fill the same slot. */
export function findSubstitutions({ left, right }: Alignment, overlap: Overlap): readonly Substitution[] {
  const found: Substitution[] = [];
  if (overlap.leftWords.length > 24 || overlap.rightWords.length > 24) return found;
  const rightSlots = overlap.rightWords.map((token) => ({ token, slot: slotOf(right, token) }));
  for (const one of overlap.leftWords) {
    const { before, after } = slotOf(left, one);
    for (const { token: other, slot } of rightSlots) {
      const sameBefore =
        before === undefined
          ? slot.before === undefined
          : left.links.get(before)?.partner === slot.before && slot.before !== undefined;
      const sameAfter =
        after === undefined
          ? slot.after === undefined
          : left.links.get(after)?.partner === slot.after && slot.after !== undefined;
      if (sameBefore && sameAfter) found.push({ left: one, right: other, names: one.name && other.name });
    }
  }
  return found;
}
