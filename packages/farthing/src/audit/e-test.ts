/**
 * A test that may be looked at after every audit. Source: betting e-values (Waudby-Smith & Ramdas, "Estimating means of
 * bounded random variables by betting", 2024) and Ville's inequality: where the true failure rate is p or worse, the
 * e-value is a supermartingale from 1, so the chance that it *ever* reaches 1/level is at most level.
 */

/** Five bets at once: "the failure rate is this part of p". A mixture of bets is a bet, so none must be chosen. */
const bets = [
  { part: 0, weight: 0.25 },
  { part: 0.1, weight: 0.2 },
  { part: 0.25, weight: 0.2 },
  { part: 0.5, weight: 0.2 },
  { part: 0.75, weight: 0.15 },
].map(({ part, weight }) => ({ part, logPart: Math.log(part), logWeight: Math.log(weight) }));

const noBet = { logPart: 0, logWeight: Number.NEGATIVE_INFINITY };

/** Just under 1, where every factor is still finite. */
const largestRate = 1 - 1e-9;

/** The logarithm of the evidence after so many audits and failures among them. */
export type Evidence = (audits: number, failures: number) => number;

/**
 * The evidence against "the failure rate is `p` or more"; `p` between 0 and 1. Reject at `level` once its logarithm is
 * at least `-ln(level)`, whenever that is.
 */
export function evidenceAgainst(p: number): Evidence {
  // Each verdict multiplies a bet by a factor that only depends on p: here, once, as logarithms.
  const passes = bets.map(({ part }) => Math.log((1 - part * p) / (1 - p)));
  const terms = new Float64Array(bets.length);
  return (audits, failures) => {
    let largest = Number.NEGATIVE_INFINITY;
    for (let index = 0; index < bets.length; index++) {
      const { logWeight, logPart } = bets[index] ?? noBet;
      // 0 ** 0 is 1: the bet on "no failure at all" is lost with the first one, and not before.
      const failed = failures === 0 ? 0 : failures * logPart;
      const term = logWeight + (audits - failures) * (passes[index] ?? 0) + failed;
      terms[index] = term;
      if (term > largest) largest = term;
    }
    // The largest term is taken out before the sum: the others only underflow, harmlessly.
    let sum = 0;
    for (let index = 0; index < terms.length; index++) sum += Math.exp((terms[index] ?? 0) - largest);
    return largest + Math.log(sum);
  };
}

/** `evidenceAgainst` for one look. */
export function logEValue(audits: number, failures: number, p: number): number {
  return evidenceAgainst(p)(audits, failures);
}

/**
 * The smallest failure rate that is rejected at `level`: an upper bound that holds, with probability 1 - level, after
 * every audit at once. 1 while nothing can be said.
 */
export function upperBound(audits: number, failures: number, level: number): number {
  const needed = -Math.log(level);
  if (audits === 0 || logEValue(audits, failures, largestRate) < needed) return 1;
  let accepted = failures / audits;
  let rejected = largestRate;
  for (let step = 0; step < 50; step++) {
    const middle = (accepted + rejected) / 2;
    if (logEValue(audits, failures, middle) >= needed) rejected = middle;
    else accepted = middle;
  }
  return rejected;
}

/** The least number of audits, of which so many failed, that rejects "`p` or more" at `level`. */
export function auditsNeeded(failures: number, p: number, level: number): number {
  const evidence = evidenceAgainst(p);
  const enough = (audits: number): boolean => evidence(audits, failures) >= -Math.log(level);
  let high = Math.max(1, failures);
  while (!enough(high)) high *= 2;
  // Below `failures` audits there is no such outcome; every further pass adds evidence, so halving finds the first.
  let low = failures;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (enough(middle)) high = middle;
    else low = middle + 1;
  }
  return high;
}
