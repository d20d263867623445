import type { KeyObject } from 'node:crypto';
import type { Engine } from './engine.js';
import { type MachineHour, parseMachineHour } from './pool/machine-price.js';

/** A GGUF file that is run here. */
export interface FileModelOptions {
  /** The file, such as `models/qwen2.5-1.5b-instruct-q4_k_m.gguf`. */
  readonly file: string;
  /** Tokens that a request's prompt and answer may take together. @default 4096, or what the model was trained for if less */
  readonly contextTokens?: number | undefined;
  /** Requests that run at once, each with a context of its own. @default 4 */
  readonly slots?: number | undefined;
  /** Threads that work on one step. @default 'auto': measured when it is loaded, with one core left for the application */
  readonly threads?: number | 'auto' | undefined;
  /** A build for a GPU, where node-llama-cpp has one installed; `false`: the processor. @default 'auto' */
  readonly gpu?: 'auto' | 'metal' | 'cuda' | 'vulkan' | false | undefined;
  /** Whether it is refused where memory does not seem to suffice: for a GPU with memory of its own, say `false`. @default true */
  readonly checkMemory?: boolean | undefined;
  /** A Jinja template of chats, in place of the model's own. */
  readonly chatTemplate?: string | undefined;
  readonly engine?: undefined;
}

/** A model that something else runs, such as `httpEngine(…)`. */
export interface EngineModelOptions {
  readonly engine: Engine;
  /** Requests that run there at once; others wait here. @default 64 */
  readonly slots?: number | undefined;
  readonly file?: undefined;
}

/** A model by the name that clients call it. */
export type ModelOptions = (FileModelOptions | EngineModelOptions) & {
  /** What an hour of its machine costs, in dollars, such as `'0.40'`. @default the `machineHour` of all */
  readonly machineHour?: string | undefined;
  /** How long it stays loaded while nobody asks, in milliseconds. @default the `idleUnloadMs` of all */
  readonly idleUnloadMs?: number | undefined;
};

/** Whose models are run. */
export type Trust =
  | 'unsigned'
  /** Ed25519 public keys: PEM text, or paths to PEM files. */
  | { readonly keys: readonly (string | KeyObject)[] };

/** All options of `createLocal`. */
export interface LocalOptions {
  readonly models: Readonly<Record<string, ModelOptions>>;
  /** Files are run only if a manifest beside them is signed by one of these keys, unless it says `'unsigned'`. */
  readonly trust: Trust;
  /** What an hour of this machine costs, in dollars, such as `'0.40'`: answers then say what they cost. */
  readonly machineHour?: string | undefined;
  /** How long a model stays loaded while nobody asks, in milliseconds; `Infinity`: for ever. @default 300_000 */
  readonly idleUnloadMs?: number | undefined;
  /** How requests wait, for each model. */
  readonly queue?:
    | {
        /** Further ones get a 503. @default 512 */
        readonly maxQueued?: number | undefined;
        /** @default 60_000 */
        readonly maxWaitMs?: number | undefined;
        /** Turns of a lane (the header `x-lane`) while others wait. @default interactive 8, nearline 2, batch 1; any other 1 */
        readonly weights?: Readonly<Record<string, number>> | undefined;
      }
    | undefined;
  /** The longest body of a request, in bytes. @default 8 MiB */
  readonly maxBodyBytes?: number | undefined;
  /** Told what is not right and does no harm. @default console.warn */
  readonly onWarning?: ((message: string) => void) | undefined;
}

/** The options with what holds where nothing was said. */
export interface LocalPlan {
  readonly models: readonly ModelPlan[];
  readonly trust: Trust;
  readonly queue: {
    readonly maxQueued: number;
    readonly maxWaitMs: number;
    readonly weights: Readonly<Record<string, number>>;
  };
  readonly maxBodyBytes: number;
  readonly onWarning: (message: string) => void;
}

/** One model of the plan. */
export interface ModelPlan {
  readonly name: string;
  readonly slots: number;
  readonly idleUnloadMs: number;
  readonly machineHour: MachineHour | undefined;
  readonly runs: { readonly engine: Engine } | { readonly file: FilePlan };
}

export interface FilePlan {
  readonly path: string;
  /** `undefined`: what the model was trained for, up to {@link usualContext}. */
  readonly contextTokens: number | undefined;
  readonly threads: number | 'auto';
  readonly gpu: 'auto' | 'metal' | 'cuda' | 'vulkan' | false;
  readonly chatTemplate: string | undefined;
  readonly checkMemory: boolean;
}

/** What most requests fit in, at a price in memory that most machines can pay. */
export const usualContext = 4096;
const defaultWeights = { interactive: 8, nearline: 2, batch: 1 };

/** @throws TypeError that names the option, what was expected and what came */
export function planLocal(options: LocalOptions): LocalPlan {
  const { models, trust, queue = {}, idleUnloadMs = 300_000 } = options;
  expectKnown(options, '', ['models', 'trust', 'machineHour', 'idleUnloadMs', 'queue', 'maxBodyBytes', 'onWarning']);
  const entries = Object.entries(expect(isRecord(models) && models, 'models', 'models by name', models));
  expect(entries.length > 0, 'models', 'at least one model', 'none');
  expect(
    trust === 'unsigned' || (isRecord(trust) && Array.isArray(trust.keys) && trust.keys.length > 0),
    'trust',
    "`{ keys: […] }` with at least one public key, or 'unsigned'",
    trust,
  );
  expectKnown(queue, 'queue.', ['maxQueued', 'maxWaitMs', 'weights']);
  const { maxQueued = 512, maxWaitMs = 60_000, weights = {} } = queue;
  expect(isWhole(maxQueued, 0), 'queue.maxQueued', 'an integer of at least 0', maxQueued);
  expect(isWhole(maxWaitMs, 1, 2 ** 31 - 1), 'queue.maxWaitMs', 'milliseconds from 1 to 2,147,483,647', maxWaitMs);
  for (const [lane, weight] of Object.entries(weights))
    expect(Number.isFinite(weight) && weight > 0, `queue.weights.${lane}`, 'a number above 0', weight);
  const maxBodyBytes = options.maxBodyBytes ?? 8 * 2 ** 20;
  expect(isWhole(maxBodyBytes, 1), 'maxBodyBytes', 'an integer of at least 1', maxBodyBytes);
  const shared = { idleUnloadMs, machineHour: options.machineHour };
  return {
    models: entries.map(([name, model]) => planModel(name, model, shared)),
    trust,
    queue: { maxQueued, maxWaitMs, weights: { ...defaultWeights, ...weights } },
    maxBodyBytes,
    onWarning: options.onWarning ?? ((message) => console.warn(message)),
  };
}

function planModel(
  name: string,
  model: ModelOptions,
  shared: { readonly idleUnloadMs: number; readonly machineHour: string | undefined },
): ModelPlan {
  const at = `models.${name}`;
  expect(isRecord(model), at, '`{ file }` or `{ engine }`', model);
  const own = ['machineHour', 'idleUnloadMs', 'slots'];
  expectKnown(
    model,
    `${at}.`,
    model.engine
      ? [...own, 'engine']
      : [...own, 'file', 'contextTokens', 'threads', 'gpu', 'chatTemplate', 'checkMemory'],
  );
  const slots = model.slots ?? (model.engine ? 64 : 4);
  expect(isWhole(slots, 1, 1024), `${at}.slots`, 'an integer from 1 to 1,024', slots);
  const idleUnloadMs = model.idleUnloadMs ?? shared.idleUnloadMs;
  expect(
    idleUnloadMs === Number.POSITIVE_INFINITY || isWhole(idleUnloadMs, 0, 2 ** 31 - 1),
    `${at}.idleUnloadMs`,
    'milliseconds up to 2,147,483,647, or Infinity',
    idleUnloadMs,
  );
  const hour = model.machineHour ?? shared.machineHour;
  return {
    name,
    slots,
    idleUnloadMs,
    machineHour: hour === undefined ? undefined : parseMachineHour(hour, 'machineHour'),
    runs: model.engine ? { engine: model.engine } : { file: planFile(model, at) },
  };
}

function planFile(model: FileModelOptions, at: string): FilePlan {
  const { file, contextTokens, threads = 'auto', gpu = 'auto', chatTemplate, checkMemory = true } = model;
  expect(typeof file === 'string' && file !== '', `${at}.file`, 'a path', file);
  if (contextTokens !== undefined)
    expect(
      isWhole(contextTokens, 32, 2 ** 24),
      `${at}.contextTokens`,
      'an integer from 32 to 16,777,216',
      contextTokens,
    );
  expect(
    threads === 'auto' || isWhole(threads, 1, 512),
    `${at}.threads`,
    "'auto' or an integer from 1 to 512",
    threads,
  );
  expect(
    gpu === false || ['auto', 'metal', 'cuda', 'vulkan'].includes(gpu),
    `${at}.gpu`,
    "'auto', 'metal', 'cuda', 'vulkan' or false",
    gpu,
  );
  if (chatTemplate !== undefined)
    expect(
      typeof chatTemplate === 'string' && chatTemplate !== '',
      `${at}.chatTemplate`,
      'a Jinja template',
      chatTemplate,
    );
  expect(typeof checkMemory === 'boolean', `${at}.checkMemory`, 'true or false', checkMemory);
  return { path: file, contextTokens, threads, gpu, chatTemplate, checkMemory };
}

function expect<Value>(fits: Value | false, option: string, expected: string, got: unknown): Value {
  if (fits === false)
    throw new TypeError(`createLocal: expected \`${option}\` to be ${expected}, got ${describe(got)}.`);
  return fits;
}

function expectKnown(options: object, prefix: string, known: readonly string[]): void {
  const other = Object.keys(options).find((name) => !known.includes(name));
  if (other !== undefined)
    throw new TypeError(`createLocal: expected known options only (${known.join(', ')}), got \`${prefix}${other}\`.`);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isWhole(value: unknown, least: number, most = Number.MAX_SAFE_INTEGER): boolean {
  return Number.isSafeInteger(value) && Number(value) >= least && Number(value) <= most;
}

function describe(value: unknown): string {
  if (typeof value === 'string') return value.length <= 24 ? `'${value}'` : 'a long string';
  return typeof value === 'number' ? String(value) : value === null ? 'null' : typeof value;
}
