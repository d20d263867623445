import { asCount, asObject } from '../dialects/json.js';
import type { JsonObject } from '../dialects/dialect.js';
import { noUsage, type Usage } from './usage.js';

/** A token count; absent, `null`, negative or broken ones read as zero. */
export function tokens(value: unknown): number {
  return Math.floor(asCount(value) ?? 0);
}

/** Usage with some parts; what would be negative (parts that overlap) is zero. */
export function usageOf(parts: Partial<Usage>): Usage {
  const usage: { -readonly [Part in keyof Usage]: number } = { ...noUsage };
  for (const [part, amount] of Object.entries(parts) as [keyof Usage, number][]) usage[part] = Math.max(0, amount); // the keys are its own
  return usage;
}

/** Paths of all numbers in a usage body that no pattern knows, such as `server_tool_use.new_requests`. */
export function unaccountedIn(body: JsonObject, known: RegExp): readonly string[] {
  return numericPaths(body).filter((path) => !known.test(path));
}

function numericPaths(value: unknown, path = ''): readonly string[] {
  if (typeof value === 'number') return [path];
  if (Array.isArray(value)) return [...new Set(value.flatMap((each) => numericPaths(each, `${path}[]`)))];
  const object = asObject(value);
  return object ? Object.entries(object).flatMap(([field, inner]) => numericPaths(inner, path === '' ? field : `${path}.${field}`)) : [];
}

/** A decimal number as pico-dollars, rounded half up at the thirteenth decimal: doubles bring noise beyond it. */
export function picoUsdOf(amount: number): bigint {
  if (!Number.isFinite(amount) || amount < 0) return 0n;
  const [mantissa = '0', exponent = '0'] = String(amount).toLowerCase().split('e');
  const [whole = '0', fraction = ''] = mantissa.split('.');
  const digits = BigInt(whole + fraction);
  const shift = 12 + Number(exponent) - fraction.length;
  if (shift >= 0) return digits * 10n ** BigInt(shift);
  const divisor = 10n ** BigInt(-shift);
  return (digits + divisor / 2n) / divisor;
}
