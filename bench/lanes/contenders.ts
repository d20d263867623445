import { createGate, type Lane } from 'farthing';
import OpenAI from 'openai';
import queueModule from 'p-queue';

/** One way of sending calls. */
export interface Contender {
  readonly name: string;
  readonly send: (lane: Lane, signal: AbortSignal) => Promise<unknown>;
  /** How many run at once by what it has learned; `undefined`: it learns nothing. */
  readonly limit: () => number | undefined;
}

const body = (): OpenAI.ChatCompletionCreateParamsNonStreaming => ({
  model: 'gpt-4.1-nano',
  max_tokens: 8,
  messages: [{ role: 'user', content: 'My front brake squeals when it rains.' }],
});

const newClient = (baseURL: string): OpenAI => new OpenAI({ apiKey: 'bench', baseURL, maxRetries: 0 });

/** A gate with lanes that knows nothing yet. */
export function laneContender(baseURL: string, name = 'lanes'): Contender {
  const gate = createGate({ lanes: { ageMs: 5000 } });
  const client = gate.wrap(newClient(baseURL));
  return {
    name,
    send: (lane, signal) => client.chat.completions.create(body(), gate.options({ lane }, { signal })),
    limit: () => Object.values(gate.report().lanes ?? {})[0]?.limit,
  };
}

/** A p-queue with a concurrency that somebody knew, and priorities. */
export function queueContender(baseURL: string, concurrency: number): Contender {
  const PQueue = queueModule.default; // a CommonJS module
  const queue = new PQueue({ concurrency });
  const client = newClient(baseURL);
  const priority = { interactive: 2, nearline: 1, batch: 0 };
  return {
    name: `p-queue, concurrency ${concurrency}`,
    send: (lane, signal) =>
      queue.add(
        async () => {
          signal.throwIfAborted();
          await client.chat.completions.create(body(), { signal });
        },
        { priority: priority[lane] },
      ),
    limit: () => undefined,
  };
}

/** The client alone. */
export function bareContender(baseURL: string): Contender {
  const client = newClient(baseURL);
  return {
    name: 'no limit',
    send: (_, signal) => client.chat.completions.create(body(), { signal }),
    limit: () => undefined,
  };
}
