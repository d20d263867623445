import { agrees } from '../../packages/farthing/src/routing/cascade/agrees.js';
import { choicesOffered } from '../../packages/farthing/src/routing/cascade/final-answer.js';
import type { CascadeRow } from './cascade-rows.js';
import { dollarsOf } from './dollars.js';
import { type EscalationCall, escalationFigures, legsOf } from './escalation.js';

/**
 * What is assumed of two wrong answers where the data have scores and no answers: how likely they are the same. `agree` and
 * `disagree` are the bounds; `chance` takes each wrong choice for equally likely; `correlated` is the 60 % that Kim et al.
 * ("Correlated Errors in Large Language Models", 2025) found among models that both err.
 */
export type Assumption = 'agree' | 'correlated' | 'chance' | 'disagree';
export const assumptions: readonly Assumption[] = ['agree', 'correlated', 'chance', 'disagree'];

/** A row, how it is ordered among those that agree alike, and where it is in the folds. */
export interface RankedRow {
  readonly row: CascadeRow;
  /** The share of rows that seem to need the strongest target less, by the question alone. */
  readonly prior: number;
  readonly fold: number;
}

/** Models that cost at most half of the strongest's price, and have a score in every other row at least. */
export function secondModels(
  rows: readonly CascadeRow[],
  prices: ReadonlyMap<string, readonly [number, number]>,
): readonly string[] {
  const [first] = rows;
  const strongest = prices.get(first?.strong_model ?? '');
  const names = Object.keys(first?.scores ?? first?.responses ?? {});
  return names.filter((name) => {
    const price = prices.get(name);
    if (name === first?.weak_model || name === first?.strong_model || !price || !strongest) return false;
    const known = rows.filter((row) => typeof row.scores?.[name] === 'number' || row.responses?.[name]).length;
    return price[0] <= strongest[0] / 2 && known >= rows.length / 2;
  });
}

/** How likely the second model's answer agrees with the first's. */
export function agreementOf(row: CascadeRow, second: string, assumption: Assumption): number {
  const [one, other] = [row.responses?.[row.weak_model ?? ''] ?? row.weak_response, row.responses?.[second]];
  if (one && other) return agrees(row.prompt, one, other) ? 1 : 0;
  const score = row.scores?.[second];
  // No answer is none that agrees.
  if (typeof score !== 'number') return 0;
  const [isRight, isOtherRight] = [row.weak_score >= 1, score >= 1];
  if (isRight || isOtherRight) return isRight && isOtherRight ? 1 : 0;
  const choices = choicesOffered(row.prompt);
  if (assumption === 'agree') return 1;
  if (assumption === 'disagree') return 0;
  if (assumption === 'correlated') return 0.6;
  return choices > 1 ? 1 / (choices - 1) : 0;
}

/** What disagrees escalates first, then what agrees; within both, by what is known of the question. */
export function agreementCalls(
  ranked: readonly RankedRow[],
  second: string,
  assumption: Assumption,
  prices: ReadonlyMap<string, readonly [number, number]>,
): EscalationCall[] {
  return ranked.flatMap(({ row, prior }): EscalationCall[] => {
    const agreed = agreementOf(row, second, assumption);
    const base = dollarsOf(row, prices);
    const [own, others] = [prices.get(row.weak_model ?? ''), prices.get(second)];
    const more = base && own && others ? (base.weak * others[0]) / own[0] : undefined;
    const call = {
      weak: row.weak_score,
      strong: row.strong_score,
      dollars: more === undefined ? undefined : legsOf(base, more),
    };
    return [
      { ...call, score: 1 + prior, weight: 1 - agreed },
      { ...call, score: prior, weight: agreed },
    ];
  });
}

/** The second model of each fold, chosen on the other folds: by the area under the curve that it gives there. */
export function chooseSeconds(
  ranked: readonly RankedRow[],
  names: readonly string[],
  assumption: Assumption,
  prices: ReadonlyMap<string, readonly [number, number]>,
): ReadonlyMap<number, string> {
  const folds = [...new Set(ranked.map(({ fold }) => fold))];
  return new Map(
    folds.flatMap((fold): [number, string][] => {
      const known = ranked.filter((each) => each.fold !== fold);
      const areas = names.map((name) => escalationFigures(agreementCalls(known, name, assumption, prices)).apgr);
      const best = names[areas.indexOf(Math.max(...areas))];
      return best === undefined ? [] : [[fold, best]];
    }),
  );
}
