import type { EmbedderWarning } from './warnings.js';

/** What runs the model: native code in 8 bits, or WebAssembly in single floats. */
export type EngineName = 'onnx' | 'wasm';

/** All options of `minilm`. */
export interface MinilmOptions {
  /** Where the converted model is kept, 24 MB. @default `farthing` in the user's cache folder */
  readonly cacheDir?: string | undefined;
  /**
   * Threads that work on one text. More make long texts faster and take the cores from everything else.
   * @default 1
   */
  readonly threads?: number | undefined;
  /** Texts that may wait; a call that would make them more is rejected at once. @default 1024 */
  readonly maxWaiting?: number | undefined;
  /** `auto`: onnxruntime-node where it loads, WebAssembly otherwise, some 10 times slower. @default 'auto' */
  readonly engine?: 'auto' | EngineName | undefined;
  /** Each kind comes once. @default console.warn */
  readonly onWarning?: ((warning: EmbedderWarning) => void) | undefined;
}

const known: Readonly<Record<keyof MinilmOptions, readonly [expected: string, (value: unknown) => boolean]>> = {
  cacheDir: ['a path that is not empty', (value) => typeof value === 'string' && value.length > 0],
  threads: ['an integer from 1 to 64', (value) => isIntegerIn(value, 1, 64)],
  maxWaiting: ['an integer of at least 1', (value) => isIntegerIn(value, 1, Number.MAX_SAFE_INTEGER)],
  engine: ["'auto', 'onnx' or 'wasm'", (value) => value === 'auto' || value === 'onnx' || value === 'wasm'],
  onWarning: ['a function', (value) => typeof value === 'function'],
};

/** @throws TypeError that names the option, what was expected and what came. */
export function checkOptions(options: MinilmOptions): void {
  for (const [name, value] of Object.entries(options)) {
    // A name from outside: the record answers `undefined` for those that it does not have.
    const rule = Object.hasOwn(known, name) ? known[name as keyof MinilmOptions] : undefined;
    if (!rule)
      throw new TypeError(`minilm: expected known options only (${Object.keys(known).join(', ')}), got ${name}.`);
    const [expected, fits] = rule;
    if (value !== undefined && !fits(value))
      throw new TypeError(`minilm: expected \`${name}\` to be ${expected}, got ${describe(value)}.`);
  }
}

function isIntegerIn(value: unknown, least: number, most: number): boolean {
  return Number.isSafeInteger(value) && Number(value) >= least && Number(value) <= most;
}

function describe(value: unknown): string {
  if (typeof value === 'string') return value.length <= 24 ? `'${value}' (string)` : 'a long string';
  return typeof value === 'number' ? `${value} (number)` : value === null ? 'null' : typeof value;
}
