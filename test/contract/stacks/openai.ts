import OpenAI, { AzureOpenAI, type ClientOptions } from 'openai';
import OpenAI4 from 'openai-4';
import OpenAI5 from 'openai-5';
import OpenAI7 from 'openai-7';
import { type Base, type Client, maxTokens, model, type Stack } from '../stack.js';

const asked = (prompt: string) => ({
  model,
  max_tokens: maxTokens,
  messages: [{ role: 'user' as const, content: prompt }],
});

/** What a stack can do that shows the SDK's own surface. `held` is what the application calls. */
export function openAIClient(held: OpenAI): Client {
  // Read at each call: wrappers make what they return as it is asked for.
  const completions = (): OpenAI['chat']['completions'] => held.chat.completions;
  return {
    held,
    openai: held,
    ask: async (prompt, asking) =>
      (await completions().create(asked(prompt), asking)).choices[0]?.message.content ?? '',
    value: async (prompt) => completions().create(asked(prompt)),
    stream: async (prompt, { stop = false, onPiece, ...asking } = {}) => {
      const pieces: string[] = [];
      for await (const chunk of await completions().create({ ...asked(prompt), stream: true }, asking)) {
        pieces.push(JSON.stringify(chunk));
        onPiece?.();
        if (stop) break;
      }
      return pieces;
    },
  };
}

/** The options that openai 5 and later, and clients made of them, take. */
export function optionsOf({ url, apiKey = 'sk-test', maxRetries = 0, ...base }: Base): ClientOptions & {
  readonly apiKey: string;
} {
  return {
    apiKey,
    baseURL: `${url}/v1`,
    maxRetries,
    ...(base.timeoutMs !== undefined && { timeout: base.timeoutMs }),
    ...(base.fetch && { fetch: base.fetch }),
    ...(base.requestInit && { fetchOptions: base.requestInit }),
    ...(base.defaultHeaders && { defaultHeaders: base.defaultHeaders }),
  };
}

/** openai 4, which has no `withOptions` and brings a fetch of its own unless it is given one. */
export function openAI4(base: Base, fetch: typeof globalThis.fetch | undefined): OpenAI4 {
  const { fetchOptions: _, fetch: own, ...options } = optionsOf(base);
  return new OpenAI4({
    ...options,
    // Compared over the same fetch that a gate is over.
    ...(!(base.ownFetch && !fetch) && { fetch: fetch ?? own ?? globalThis.fetch }),
    ...(base.requestInit?.['agent'] !== undefined && { httpAgent: base.requestInit['agent'] }),
  } as unknown as ConstructorParameters<typeof OpenAI4>[0]); // it names the types of node-fetch
}

function wrapped(name: string, construct: (options: ReturnType<typeof optionsOf>) => OpenAI): Stack {
  return {
    name,
    family: 'openai',
    api: 'chat',
    takesHeaders: true,
    make: (base, gate) => {
      const bare = construct(optionsOf(base));
      return openAIClient(gate ? gate.wrap(bare) : bare);
    },
  };
}

// The majors share the surface that is used here; their types are different copies of it.
export const openAIStacks: readonly Stack[] = [
  {
    name: 'openai 4.104 (fetch door)',
    family: 'openai',
    api: 'chat',
    takesHeaders: true,
    make: (base, gate) => openAIClient(openAI4(base, gate?.fetch) as unknown as OpenAI),
  },
  wrapped('openai 5.23', (options) => new OpenAI5(options as never) as unknown as OpenAI),
  wrapped('openai 6.49', (options) => new OpenAI(options)),
  wrapped('openai 7.57', (options) => new OpenAI7(options as never) as unknown as OpenAI),
  {
    name: 'AzureOpenAI 6.49',
    family: 'azure',
    api: 'chat',
    takesHeaders: true,
    make: (base, gate) => {
      const { baseURL: _, ...options } = optionsOf(base);
      const bare = new AzureOpenAI({
        ...(options as Omit<typeof options, 'provider'>), // there is none among them
        endpoint: base.url,
        apiVersion: '2025-04-01-preview',
      });
      return openAIClient(gate ? gate.wrap(bare) : bare);
    },
  },
];
