import type { Tier } from '../routing/predictor/outcome.js';
import type { Label } from './training-line.js';

/** Outcomes by what they are of: the latest of one route, each with all that was told of it. */
export interface LatestLabels {
  /** Takes what a line says; of one call the latest word counts for each side, and an audit more than what was told. */
  readonly add: (key: string, label: Label) => void;
  /** At most `most`, by key; the rest is forgotten. */
  readonly finish: () => ReadonlyMap<string, Label>;
}

interface Kept {
  readonly label: Label;
  /** What told each side that is known. */
  readonly sides: Readonly<Partial<Record<Tier, Pick<Label, 'audited' | 'atMs'>>>>;
  /** Tells the order of those of one time. */
  readonly serial: number;
}

/** Keeps the latest outcomes of a route, in memory for twice as many. */
export function createLatestLabels(most: number): LatestLabels {
  let kept = new Map<string, Kept>();
  let serial = 0;
  const forgetOld = (): void => {
    if (kept.size <= most) return;
    const order = [...kept].sort(([, one], [, other]) =>
      // Infinity minus Infinity is no number
      one.label.atMs === other.label.atMs ? other.serial - one.serial : other.label.atMs - one.label.atMs,
    );
    kept = new Map(order.slice(0, most));
  };
  return {
    add: (key, label) => {
      const before = kept.get(key);
      kept.set(key, { serial: before?.serial ?? serial++, ...(before ? merged(before, label) : alone(label)) });
      if (kept.size >= 2 * most) forgetOld();
    },
    finish: () => {
      forgetOld();
      return new Map(Array.from(kept, ([key, { label }]) => [key, label]));
    },
  };
}

function alone(label: Label): Omit<Kept, 'serial'> {
  const { weak, strong } = label;
  return {
    label,
    sides: { ...(weak !== undefined && { weak: label }), ...(strong !== undefined && { strong: label }) },
  };
}

function merged(before: Kept, after: Label): Omit<Kept, 'serial'> {
  const winsOver = (word: Pick<Label, 'audited' | 'atMs'> | undefined): boolean =>
    !word || (after.audited === word.audited ? after.atMs >= word.atMs : after.audited);
  // where the call went, and how probably, is the same in all; if not, as with the answers
  const winner = winsOver(before.label) ? after : before.label;
  const label = { ...winner, audited: before.label.audited || after.audited };
  const sides = { ...before.sides };
  for (const side of ['weak', 'strong'] satisfies Tier[]) {
    const isNew = after[side] !== undefined && winsOver(before.sides[side]);
    label[side] = isNew ? after[side] : before.label[side];
    if (isNew) sides[side] = after;
  }
  return { label, sides };
}
