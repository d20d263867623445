/** A provider inside this process that answers with real Responses, and often fails in the ways that real ones do. */
export interface UnreliableProvider {
  readonly fetch: typeof globalThis.fetch;
  /** Resolves once nothing is being answered any more. */
  readonly idle: () => Promise<void>;
}

/** Random numbers in [0, 1) that are the same for the same seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Answers chat completions, streaming and not; fails before, while and after answering. */
export function unreliableProvider(random: () => number): UnreliableProvider {
  let busy = 0;
  const pause = (signal: AbortSignal | null | undefined): Promise<void> =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(resolve, random() * 15);
      signal?.addEventListener('abort', () => {
        clearTimeout(timer);
        reject(signal.reason);
      });
    });
  return {
    idle: async () => {
      while (busy > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    },
    fetch: async (_input, init) => {
      busy++;
      try {
        const body = JSON.parse(String(init?.body)) as {
          model: string;
          stream?: boolean;
          max_tokens: number;
          messages: { content: string }[];
        };
        await pause(init?.signal);
        const fate = random();
        if (fate < 0.05)
          throw new TypeError('fetch failed', { cause: Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }) });
        if (fate < 0.1)
          throw new TypeError('fetch failed', { cause: Object.assign(new Error('reset'), { code: 'ECONNRESET' }) });
        if (fate < 0.2) return Response.json({ error: { message: 'overloaded' } }, { status: 500 });
        const completionTokens = Math.ceil(random() * body.max_tokens);
        const usage = {
          prompt_tokens: 8 + Math.ceil(random() * 4),
          completion_tokens: completionTokens,
          total_tokens: 0,
        };
        usage.total_tokens = usage.prompt_tokens + usage.completion_tokens;
        const common = { id: `chatcmpl-${Math.floor(random() * 1e9)}`, created: 1, model: 'gpt-4.1-nano-2025-04-14' };
        if (!body.stream) {
          return Response.json({
            ...common,
            object: 'chat.completion',
            choices: [
              {
                index: 0,
                message: { role: 'assistant', content: 'word '.repeat(5) },
                finish_reason: 'stop',
                logprobs: null,
              },
            ],
            usage,
          });
        }
        return new Response(
          streamOf(common, usage, () => pause(init?.signal), fate < 0.3),
          { headers: { 'content-type': 'text/event-stream' } },
        );
      } finally {
        busy--;
      }
    },
  };
}

function streamOf(
  common: object,
  usage: object,
  pause: () => Promise<void>,
  breaks: boolean,
): ReadableStream<Uint8Array> {
  const chunk = (fields: object): string =>
    `data: ${JSON.stringify({ ...common, object: 'chat.completion.chunk', ...fields })}\n\n`;
  const delta = (content: string, finish: string | null = null): string =>
    chunk({ choices: [{ index: 0, delta: { content }, finish_reason: finish }], usage: null });
  const parts = [
    delta('Hello '),
    delta('there '),
    delta('friend'),
    delta('', 'stop'),
    chunk({ choices: [], usage }),
    'data: [DONE]\n\n',
  ];
  return new ReadableStream({
    async pull(controller) {
      try {
        await pause();
      } catch (error) {
        return controller.error(error);
      }
      const part = parts.shift();
      if (breaks && parts.length === 3) return controller.error(new TypeError('terminated'));
      if (part === undefined) controller.close();
      else controller.enqueue(new TextEncoder().encode(part));
    },
  });
}
