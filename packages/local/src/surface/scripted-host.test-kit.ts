import type { Generation, Prompt, ToolCall } from '../engine.js';
import type { Ask, Host, ServedEmbeddings, ServedPiece } from '../host.js';

/** What a scripted host was asked to do. */
export interface HostLog {
  readonly asks: Ask[];
  readonly generations: Generation[];
  readonly texts: (readonly string[])[];
  readonly prompts: Prompt[];
  /** How many pieces were asked for. */
  pulled: number;
  /** How many answers were left, by their end or before it. */
  left: number;
}

export interface Script {
  /** The pieces of an answer; an error among them is thrown at its place, and a promise is waited for. */
  readonly pieces?: readonly (ServedPiece | Error | Promise<unknown>)[];
  readonly embeddings?: ServedEmbeddings;
  readonly ok?: boolean;
}

const facts = { queueMs: 12.5, promptMs: 250, outputMs: 1_000.125, costPicoUsd: 123_456n } as const;

/** The last piece of an answer of ten tokens to a prompt of thirty. */
export function ended(more: Partial<Extract<ServedPiece, { kind: 'end' }>> = {}): ServedPiece {
  const tokens = { promptTokens: 30, cachedTokens: 8, outputTokens: 10, reasoningTokens: 2 };
  return { kind: 'end', reason: 'end', ...tokens, ...facts, ...more };
}

/** A piece of visible text. */
export function said(text: string): ServedPiece {
  return { kind: 'text', text };
}

/** A call of a tool with arguments. */
export function called(name: string, input: object, id = `call_${name}`): ServedPiece {
  const call: ToolCall = { id, name, arguments: JSON.stringify(input) };
  return { kind: 'tool-call', call };
}

/** A host of the models `tiny` and `org/big` that answers each request by the next script, the last one again and again. */
export function scriptedHost(...scripts: readonly Script[]): Host & { readonly log: HostLog } {
  const log: HostLog = { asks: [], generations: [], texts: [], prompts: [], pulled: 0, left: 0 };
  const next = () => scripts[Math.min(log.asks.length, scripts.length) - 1] ?? {};
  return {
    log,
    models: () => [
      { name: 'tiny', createdMs: 1_700_000_000_000, state: 'ready', contextTokens: 2_048 },
      { name: 'org/big', createdMs: 1_700_000_000_000, state: 'idle' },
    ],
    has: (model) => model === 'tiny' || model === 'org/big',
    generate: async function* (ask, request) {
      log.asks.push(ask);
      log.generations.push(request);
      try {
        for (const piece of next().pieces ?? [said('Hello'), said(' there.'), ended()]) {
          log.pulled += 1;
          if (piece instanceof Promise) await unlessAborted(piece, ask.signal);
          ask.signal.throwIfAborted();
          if (piece instanceof Error) throw piece;
          if (!(piece instanceof Promise)) yield piece;
        }
      } finally {
        log.left += 1;
      }
    },
    embed: async (ask, texts) => {
      log.asks.push(ask);
      log.texts.push(texts);
      return next().embeddings ?? { vectors: texts.map(() => [0.6, -0.8]), promptTokens: 7, ...facts };
    },
    countTokens: async (ask, prompt) => {
      log.asks.push(ask);
      log.prompts.push(prompt);
      return 42;
    },
    health: () => ({ ok: scripts[0]?.ok ?? true, models: { tiny: 'ready', 'org/big': 'idle' } }),
    metrics: () => '# TYPE farthing_local_requests_total counter\nfarthing_local_requests_total 3\n',
  };
}

function unlessAborted(work: Promise<unknown>, signal: AbortSignal): Promise<unknown> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    work.then(resolve, reject);
  });
}
