/**
 * Prices expected-cost vectors exactly: `npm run bench -- cost --vectors FILE [--usage FILE]`.
 * A vector is one line of JSON: usage as the API returned it, its own price entry, the expected total.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { costOf, costOfReading } from '../packages/farthing/src/pricing/cost.js';
import { formatPicoUsd } from '../packages/farthing/src/pricing/money.js';
import type { Price, Rates } from '../packages/farthing/src/pricing/price.js';
import { parseRate, partOfRate, type RateStrings } from '../packages/farthing/src/pricing/rates.js';
import { readAnyUsage, readUsage } from '../packages/farthing/src/pricing/read-usage.js';
import { inputTokens, outputTokens, type UsagePart } from '../packages/farthing/src/pricing/usage.js';

interface Vector {
  readonly id: string;
  readonly category: string;
  readonly api: string;
  readonly provider: string;
  readonly model: string;
  readonly usage: Record<string, unknown>;
  readonly context: Record<string, unknown>;
  readonly price: Record<string, unknown>;
  readonly expected: { readonly total_usd: string; readonly input_usd?: string; readonly output_usd?: string };
}

/** The vectors' names of rates; any other numeric name is a mismatch, not a guess. */
const rateNames: Readonly<Record<string, keyof RateStrings>> = {
  input: 'input',
  output: 'output',
  cache_read: 'cacheRead',
  cache_write: 'cacheWrite5m',
  cache_write_5m: 'cacheWrite5m',
  cache_write_1h: 'cacheWrite1h',
  reasoning: 'reasoning',
  output_reasoning: 'reasoning',
  input_audio: 'audioInput',
  cache_read_audio: 'audioCacheRead',
  output_audio: 'audioOutput',
  input_image: 'imageInput',
  cache_read_image: 'imageCacheRead',
  output_image: 'imageOutput',
  input_video: 'videoInput',
};

function ratesOf(entry: Record<string, unknown>, unknownNames: string[]): Rates {
  const rates: Record<string, bigint> = {};
  for (const [name, value] of Object.entries(entry)) {
    if (typeof value !== 'number') continue;
    const rate = rateNames[name];
    const text = value.toFixed(12).replace(/0+$/, '').replace(/\.$/, '');
    if (name === 'per_call_web_search_usd')
      rates['webSearches'] = parseRate('webSearches', (value * 1000).toFixed(9), name);
    else if (name === 'per_second' || name === 'input_per_second_usd')
      rates['audioInputMs'] = BigInt(Math.round(value * 1e9));
    else if (name === 'per_minute_usd') rates['audioInputMs'] = BigInt(Math.round((value / 60) * 1e9));
    else if (rate) rates[partOfRate[rate]] = parseRate(rate, text, name);
    else unknownNames.push(name);
  }
  return rates;
}

function priceOf(vector: Vector, unknownNames: string[]): Price {
  const base = ratesOf(vector.price, unknownNames);
  const tiers = (vector.price['tiers'] ?? []) as {
    compare: 'gt' | 'gte';
    threshold: number;
    rates: Record<string, unknown>;
  }[];
  const multiplier = Number(vector.context['multiplier'] ?? 1);
  return {
    provider: vector.provider,
    model: vector.model,
    rates: base,
    breaks: tiers
      .map(({ compare, threshold, rates }) => ({
        compare,
        threshold,
        rates: { ...base, ...ratesOf(rates, unknownNames) },
      }))
      .sort((a, b) => a.threshold - b.threshold),
    tiers: {},
    // The vector's multiplier is on token prices, as a geography's is.
    geo: multiplier === 1 ? {} : { vector: [BigInt(Math.round(multiplier * 1e6)), 1_000_000n] },
    confidence: 'exact',
    source: 'vector',
    asOf: '',
  };
}

/** A decimal dollar string as pico-dollars; finer digits are kept apart, so that "exact" means exact. */
function picoOf(usd: string): bigint {
  const [whole = '0', fraction = ''] = usd.split('.');
  const trimmed = fraction.replace(/0+$/, '');
  if (trimmed.length > 12) throw new Error(`finer than a pico-dollar: ${usd}`);
  return BigInt(whole + trimmed.padEnd(12, '0'));
}

const outputParts: ReadonlySet<string> = new Set<UsagePart>([
  'outputTokens',
  'reasoningTokens',
  'audioOutputTokens',
  'imageOutputTokens',
]);

function checkVector(vector: Vector): string | undefined {
  const unknownNames: string[] = [];
  const price = priceOf(vector, unknownNames);
  const reading = readUsage(vector.api, vector.usage);
  const context = Object.keys(price.geo).length > 0 ? { geo: 'vector' } : {};
  if (!reading) return 'no usage';
  const cost = costOfReading(reading, () => price, context);
  if (!cost) return 'no cost';
  if (unknownNames.length > 0) return `price names that are not known: ${unknownNames.join(', ')}`;
  if (cost.unpriced.length > 0) return `no price for ${cost.unpriced.join(', ')}`;
  if (reading.unaccounted.length > 0) return `numbers that no rule accounts for: ${reading.unaccounted.join(', ')}`;
  if (cost.totalPicoUsd !== picoOf(vector.expected.total_usd))
    return `expected ${vector.expected.total_usd}, got ${formatPicoUsd(cost.totalPicoUsd)}`;
  const computed = reading.reportedCostPicoUsd === undefined ? cost : costOf(reading.usage, price, context);
  const sum = (output: boolean): bigint =>
    Object.entries(computed.parts).reduce(
      (all, [part, amount]) => (part !== 'webSearches' && outputParts.has(part) === output ? all + amount : all),
      0n,
    );
  for (const [side, expected] of [
    ['input', vector.expected.input_usd],
    ['output', vector.expected.output_usd],
  ] as const) {
    const got = sum(side === 'output');
    if (expected !== undefined && got !== picoOf(expected))
      return `${side}: expected ${expected}, got ${formatPicoUsd(got)}`;
  }
  return undefined;
}

const { values } = parseArgs({ options: { vectors: { type: 'string' }, usage: { type: 'string' } } });
if (!values.vectors && !values.usage) {
  console.error('Expected --vectors FILE (JSONL of expected-cost vectors) or --usage FILE (JSONL of recorded bodies).');
  process.exit(2);
}
const lines = (file: string): unknown[] =>
  readFileSync(file, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));

if (values.usage) {
  const bodies = lines(values.usage) as { body: Record<string, unknown> }[];
  const unread = bodies.filter(({ body }) => !readAnyUsage(body)).length;
  const unaccounted = new Map<string, number>();
  let empty = 0;
  for (const { body } of bodies) {
    const reading = readAnyUsage(body);
    for (const path of reading?.unaccounted ?? []) unaccounted.set(path, (unaccounted.get(path) ?? 0) + 1);
    if (reading && inputTokens(reading.usage) + outputTokens(reading.usage) === 0) empty++;
  }
  console.table({
    bodies: bodies.length,
    unread,
    'without any token': empty,
    'with an unaccounted number': unaccounted.size,
  });
  console.log(
    JSON.stringify({
      bodies: bodies.length,
      parsed: bodies.length - unread,
      unaccounted: Object.fromEntries(unaccounted),
    }),
  );
}
if (values.vectors) {
  const vectors = lines(values.vectors) as Vector[];
  const categories: Record<string, { vectors: number; exact: number }> = {};
  const mismatches: { id: string; reason: string }[] = [];
  for (const vector of vectors) {
    let reason: string | undefined;
    try {
      reason = checkVector(vector);
    } catch (error) {
      reason = error instanceof Error ? error.message : String(error);
    }
    categories[vector.category] ??= { vectors: 0, exact: 0 };
    const row = categories[vector.category];
    if (row) {
      row.vectors++;
      if (reason === undefined) row.exact++;
    }
    if (reason !== undefined) mismatches.push({ id: vector.id, reason });
  }
  console.table(categories);
  console.log(JSON.stringify({ vectors: vectors.length, exact: vectors.length - mismatches.length, mismatches }));
}
