import type { Alignment, Side } from './align.js';
import { isModifier } from './modifier.js';
import type { Token } from './token.js';

/** How much of two questions corresponds, and what does not. */
export interface Overlap {
  /** Of the question that corresponds less, the share that does: 0 to 1. */
  readonly least: number;
  readonly most: number;
  /** Leftover words that say something of their own. */
  readonly leftWords: readonly Token[];
  readonly rightWords: readonly Token[];
  /** Leftover words of the asking. */
  readonly frames: number;
}

const share = (side: Side): number => {
  const weigh = (tokens: readonly Token[]): number =>
    tokens.reduce((sum, token) => sum + (token.frame && !isModifier(side, token) ? 0.3 : 1), 0);
  return 1 - weigh(side.leftover) / (weigh(side.content) || 1);
};

/** Measures what is left over after the alignment. */
export function measureOverlap({ left, right, antonyms }: Alignment): Overlap {
  const matters = (side: Side, token: Token): boolean =>
    token.kind === 'word' &&
    (!token.frame || isModifier(side, token)) &&
    !(antonyms.length > 0 && /^(?:more|less|most|least)$/.test(token.text));
  const shares = [share(left), share(right)];
  const leftWords = left.leftover.filter((token) => matters(left, token));
  const rightWords = right.leftover.filter((token) => matters(right, token));
  return {
    least: Math.min(...shares),
    most: Math.max(...shares),
    leftWords,
    rightWords,
    frames: [...left.leftover, ...right.leftover].filter((token) => token.kind === 'word' && token.frame).length,
  };
}
