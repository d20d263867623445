import type { JsonObject } from '../dialects/dialect.js';
import { asCount } from '../dialects/json.js';
import { remember } from '../remember.js';
import { noUsage, type Usage } from './usage.js';

/** A token count; absent, `null`, negative or broken ones read as zero. */
export function tokens(value: unknown): number {
  return Math.floor(asCount(value) ?? 0);
}

/** Usage with some parts; what would be negative (parts that overlap) is zero. */
export function usageOf(parts: Partial<Usage>): Usage {
  const usage: { -readonly [Part in keyof Usage]: number } = { ...noUsage };
  for (const part in parts) {
    const name = part as keyof Usage; // the keys are its own
    usage[name] = Math.max(0, parts[name] ?? 0);
  }
  return usage;
}

/** Paths of all numbers in a usage body that no pattern knows, such as `server_tool_use.new_requests`. */
export function unaccountedIn(body: JsonObject, known: RegExp): readonly string[] {
  const found: string[] = [];
  collectNumericPaths(body, '', found);
  return found.filter((path) => !isKnown(known, path));
}

/** Bodies of one provider have the same paths each time: a pattern is asked once for each. */
const answers = new WeakMap<RegExp, (path: string) => boolean>();

function isKnown(known: RegExp, path: string): boolean {
  let ask = answers.get(known);
  if (!ask) {
    ask = remember((each: string) => known.test(each), 1000);
    answers.set(known, ask);
  }
  return ask(path);
}

function collectNumericPaths(value: unknown, path: string, found: string[]): void {
  if (typeof value === 'number') {
    if (!found.includes(path)) found.push(path);
  } else if (Array.isArray(value)) {
    for (const each of value) collectNumericPaths(each, `${path}[]`, found);
  } else if (typeof value === 'object' && value !== null) {
    for (const field in value)
      collectNumericPaths(Reflect.get(value, field), path === '' ? field : `${path}.${field}`, found);
  }
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
