import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { UsageError } from '../cli/usage-error.js';

/** What the command line asks for. */
export interface ServeArguments {
  readonly models: Readonly<Record<string, ModelArguments>>;
  readonly port: number;
  readonly host: string | undefined;
  readonly allowRemote: boolean;
  readonly tokenFile: string | undefined;
  readonly trust: { readonly keys: readonly string[] } | 'unsigned';
  /** Dollars. */
  readonly machineHour: string | undefined;
  readonly idleUnloadMs: number | undefined;
  /** Loads a model with its first request, and not before the first of all. */
  readonly lazy: boolean;
}

export interface ModelArguments {
  readonly file: string;
  readonly contextTokens?: number;
  readonly slots?: number;
  readonly threads?: number;
  readonly gpu?: Gpu;
}

const gpus = { auto: 'auto', cuda: 'cuda', metal: 'metal', vulkan: 'vulkan', off: false } as const;
type Gpu = (typeof gpus)[keyof typeof gpus];

export const serveUsage = `farthing-local serve --model [NAME=]FILE.gguf … (--key PUBLIC.pem … | --unsigned) [options]

  --model [NAME=]FILE        a model to serve; repeat it for more. Without a name, the file's own without .gguf
  --key PUBLIC.pem           whose signature a model's manifest has to bear; repeat it for more
  --unsigned                 take models that nobody signed
  --port PORT                8484
  --host ADDRESS             127.0.0.1
  --allow-remote             listen on an address that other machines reach: plain HTTP, put TLS before it
  --token-file FILE          where the token is, or is to be written; else FARTHING_LOCAL_TOKEN, else one is made
  --lazy                     load a model with its first request, not before
  --context TOKENS           the context of each request
  --slots COUNT              requests that run at once
  --threads COUNT            threads that work on one step
  --gpu auto|cuda|metal|vulkan|off   auto
  --machine-hour USD         what an hour of this machine costs, to tell what each request cost
  --idle-unload-seconds SECONDS
`;

/** Reads the arguments of `serve`. @throws UsageError */
export function readServeArguments(args: readonly string[]): ServeArguments {
  const { values } = parse(args);
  const contextTokens = count('context', values.context);
  const slots = count('slots', values.slots);
  const threads = count('threads', values.threads);
  const gpu = readGpu(values.gpu);
  const each = {
    ...(contextTokens !== undefined && { contextTokens }),
    ...(slots !== undefined && { slots }),
    ...(threads !== undefined && { threads }),
    ...(gpu !== undefined && { gpu }),
  };
  const idleSeconds = count('idle-unload-seconds', values['idle-unload-seconds']);
  return {
    models: readModels(values.model ?? [], each),
    port: count('port', values.port, 0, 65_535) ?? 8484,
    host: values.host,
    allowRemote: values['allow-remote'] === true,
    tokenFile: values['token-file'],
    trust: readTrust(values.key ?? [], values.unsigned === true),
    machineHour: dollars(values['machine-hour']),
    idleUnloadMs: idleSeconds === undefined ? undefined : idleSeconds * 1000,
    lazy: values.lazy === true,
  };
}

function parse(args: readonly string[]) {
  const one = { type: 'string' } as const;
  const many = { type: 'string', multiple: true } as const;
  const flag = { type: 'boolean' } as const;
  try {
    return parseArgs({
      args: [...args],
      options: {
        model: many,
        key: many,
        unsigned: flag,
        lazy: flag,
        port: one,
        host: one,
        'allow-remote': flag,
        'token-file': one,
        context: one,
        slots: one,
        threads: one,
        gpu: one,
        'machine-hour': one,
        'idle-unload-seconds': one,
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function readModels(texts: readonly string[], each: Omit<ModelArguments, 'file'>): Record<string, ModelArguments> {
  const models = new Map<string, ModelArguments>();
  for (const text of texts) {
    // An `=` in a folder's name is no name of a model.
    const [, name, path] = /^([A-Za-z0-9][\w.:-]*(?:\/[\w.:-]+)*)=(.+)$/.exec(text) ?? [];
    const file = path ?? text;
    const known = name ?? basename(file).replace(/\.gguf$/i, '');
    if (known === '') throw new UsageError(`--model ${text}: expected FILE.gguf or NAME=FILE.gguf.`);
    if (models.has(known)) throw new UsageError(`--model: two models are called ${known}; name one NAME=FILE.`);
    models.set(known, { file, ...each });
  }
  if (texts.length === 0) throw new UsageError('--model: which model is to be served? --model NAME=FILE.gguf');
  // Made of entries, so that a model called __proto__ is one like any other.
  return Object.fromEntries(models);
}

function readTrust(keys: readonly string[], unsigned: boolean): ServeArguments['trust'] {
  if (unsigned && keys.length > 0) throw new UsageError('--unsigned and --key: take one of them.');
  if (unsigned) return 'unsigned';
  if (keys.length > 0) return { keys };
  throw new UsageError('--key PUBLIC.pem says whom to trust; --unsigned takes a model that nobody signed.');
}

function count(name: string, text: string | undefined, least = 1, most = 1e9): number | undefined {
  if (text === undefined) return undefined;
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw new UsageError(`--${name} ${text}: expected a whole number from ${least} to ${most}.`);
}

function dollars(text: string | undefined): string | undefined {
  if (text === undefined || /^\d+(\.\d{1,12})?$/.test(text)) return text;
  throw new UsageError(`--machine-hour ${text}: expected dollars such as 0.35.`);
}

function readGpu(text: string | undefined): Gpu | undefined {
  const found = Object.entries(gpus).find(([name]) => name === text);
  if (text === undefined || found !== undefined) return found?.[1];
  throw new UsageError(`--gpu ${text}: expected ${Object.keys(gpus).join(', ')}.`);
}
