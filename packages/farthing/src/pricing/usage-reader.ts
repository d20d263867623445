import type { JsonObject } from '../dialects/dialect.js';
import { asCount } from '../dialects/json.js';
import type { Usage } from './usage.js';

/** A token count; absent, `null`, negative or broken ones read as zero. */
export function tokens(value: unknown): number {
  return Math.min(Math.floor(asCount(value) ?? 0), Number.MAX_SAFE_INTEGER);
}

/** Usage with some parts; what would be negative (parts that overlap) is zero. */
export function usageOf(parts: Partial<Usage>): Usage {
  return {
    inputTokens: atLeastZero(parts.inputTokens),
    cacheReadTokens: atLeastZero(parts.cacheReadTokens),
    cacheWrite5mTokens: atLeastZero(parts.cacheWrite5mTokens),
    cacheWrite1hTokens: atLeastZero(parts.cacheWrite1hTokens),
    outputTokens: atLeastZero(parts.outputTokens),
    reasoningTokens: atLeastZero(parts.reasoningTokens),
    audioInputTokens: atLeastZero(parts.audioInputTokens),
    cacheReadAudioTokens: atLeastZero(parts.cacheReadAudioTokens),
    audioOutputTokens: atLeastZero(parts.audioOutputTokens),
    imageInputTokens: atLeastZero(parts.imageInputTokens),
    cacheReadImageTokens: atLeastZero(parts.cacheReadImageTokens),
    imageOutputTokens: atLeastZero(parts.imageOutputTokens),
    videoInputTokens: atLeastZero(parts.videoInputTokens),
    audioInputMs: atLeastZero(parts.audioInputMs),
    webSearches: atLeastZero(parts.webSearches),
  };
}

function atLeastZero(amount: number | undefined): number {
  return amount === undefined || amount < 0 ? 0 : Math.min(amount, Number.MAX_SAFE_INTEGER);
}

/** Whether any of these fields of a usage body holds a count: a body without one tells nothing, and not zero. */
export function hasCount(body: JsonObject, fields: readonly string[]): boolean {
  return fields.some((field) => asCount(body[field]) !== undefined);
}

/** Paths of all numbers in a usage body that no pattern knows, such as `server_tool_use.new_requests`. */
export function unaccountedIn(body: JsonObject, known: RegExp): readonly string[] {
  let root = paths.get(known);
  if (!root || root.size > maxPaths) {
    root = new Path('');
    paths.set(known, root);
  }
  const found: string[] = [];
  collectUnknown(body, root, known, found);
  return found;
}

/** Bodies of one provider have the same paths each time: a pattern is asked once for each. */
const paths = new WeakMap<RegExp, Path>();
const maxPaths = 1000;

/** A place in usage bodies, and the places under it. */
class Path {
  readonly #fields = new Map<string, Path>();
  readonly #root: Path;
  readonly text: string;
  known: boolean | undefined;
  size = 0;

  constructor(text: string, root?: Path) {
    this.text = text;
    this.#root = root ?? this;
  }

  at(field: string): Path {
    let found = this.#fields.get(field);
    if (!found) {
      found = new Path(
        this.text === '' || field === '[]' ? `${this.text}${field}` : `${this.text}.${field}`,
        this.#root,
      );
      this.#fields.set(field, found);
      this.#root.size++;
    }
    return found;
  }
}

function collectUnknown(value: unknown, path: Path, known: RegExp, found: string[]): void {
  if (typeof value === 'number') {
    path.known ??= known.test(path.text);
    if (!path.known && !found.includes(path.text)) found.push(path.text);
  } else if (Array.isArray(value)) {
    for (const each of value) collectUnknown(each, path.at('[]'), known, found);
  } else if (typeof value === 'object' && value !== null) {
    for (const field in value) collectUnknown(Reflect.get(value, field), path.at(field), known, found);
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
