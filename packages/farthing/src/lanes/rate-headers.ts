import type { RateReading } from './rate-budget.js';

/** What a call takes of a budget. */
export type RateUnit = 'requests' | 'tokens' | 'input' | 'output';

/** Where a family of headers tells of one budget. Families are known by their names, whoever sends them. */
interface RateFields {
  readonly unit: RateUnit;
  readonly limit: string;
  readonly remaining: string;
  readonly reset: string;
}

const openFamily = (unit: RateUnit): RateFields => ({
  unit,
  limit: `x-ratelimit-limit-${unit}`,
  remaining: `x-ratelimit-remaining-${unit}`,
  reset: `x-ratelimit-reset-${unit}`,
});
const anthropicFamily = (unit: RateUnit, name: string = unit): RateFields => ({
  unit,
  limit: `anthropic-ratelimit-${name}-limit`,
  remaining: `anthropic-ratelimit-${name}-remaining`,
  reset: `anthropic-ratelimit-${name}-reset`,
});

const families: readonly RateFields[] = [
  openFamily('requests'),
  openFamily('tokens'),
  anthropicFamily('requests'),
  anthropicFamily('tokens'),
  anthropicFamily('input', 'input-tokens'),
  anthropicFamily('output', 'output-tokens'),
];

/** What an answer's headers tell of the budgets of its key. Headers that make no sense are passed over. Pure. */
export function readRateHeaders(headers: Headers, nowEpochMs: number): ReadonlyMap<RateUnit, RateReading> {
  const readings = new Map<RateUnit, RateReading>();
  for (const fields of families) {
    const remaining = numberOf(headers.get(fields.remaining));
    if (remaining === undefined) continue;
    const resetMs = resetIn(headers.get(fields.reset), nowEpochMs);
    readings.set(fields.unit, { remaining, limit: numberOf(headers.get(fields.limit)), resetMs });
  }
  return readings;
}

/** Milliseconds until a reset: `6m0s`, `1.5s`, `20ms`, seconds, seconds or milliseconds of the epoch, or a date. */
export function resetIn(text: string | null, nowEpochMs: number): number | undefined {
  if (text === null || text.trim() === '') return undefined;
  const value = text.trim();
  const plain = numberOf(value);
  if (plain !== undefined) {
    // No window is as long as fifty years: a number that large is a date; and no date is as far off as the year 5000.
    if (plain > 1e11) return atLeastZero(plain - nowEpochMs);
    return plain > 1.6e9 ? atLeastZero(plain * 1000 - nowEpochMs) : plain * 1000;
  }
  if (/^(?:\d+(?:\.\d+)?(?:ms|[dhms]))+$/.test(value)) {
    let sum = 0;
    for (const [, count, unit] of value.matchAll(/(\d+(?:\.\d+)?)(ms|[dhms])/g))
      sum += Number(count) * (unitMs[unit ?? 's'] ?? 1000);
    return Number.isFinite(sum) ? sum : undefined;
  }
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : atLeastZero(date - nowEpochMs);
}

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

function atLeastZero(value: number): number {
  return Math.max(0, value);
}

function numberOf(text: string | null): number | undefined {
  // So many digits that they make no finite number are none.
  const value = text !== null && /^\s*\d+(?:\.\d+)?\s*$/.test(text) ? Number(text) : Number.NaN;
  return Number.isFinite(value) ? value : undefined;
}
