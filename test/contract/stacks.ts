import { createAnthropic } from '@ai-sdk/anthropic';
import { createOpenAI } from '@ai-sdk/openai';
import Anthropic from '@anthropic-ai/sdk';
import Instructor from '@instructor-ai/instructor';
import { ChatOpenAI } from '@langchain/openai';
import { Agent, OpenAIProvider, Runner } from '@openai/agents';
import { generateText, streamText } from 'ai';
import Anthropic0 from 'anthropic-0';
import type { Gate } from 'farthing';
import { observeOpenAI } from 'langfuse';
import OpenAI, { AzureOpenAI } from 'openai';
import OpenAI4 from 'openai-4';
import OpenAI5 from 'openai-5';
import OpenAI7 from 'openai-7';
import { z as z3 } from 'zod/v3';

/** Headers that carry per-call options, as `gate.options` makes them. */
export type OptionHeaders = { readonly headers: Record<string, string> };

/** One client stack, reduced to what all of them can do. */
export interface Stack {
  readonly name: string;
  /** How per-call options reach it. @default 'headers' */
  readonly optionsBy?: 'headers' | 'run';
  readonly family: 'openai' | 'anthropic' | 'vercel' | 'langchain' | 'instructor' | 'agents' | 'langfuse';
  /** Makes the stack's client; without a gate, bare. */
  readonly make: (base: Base, gate: Gate | undefined) => Client;
}

/** Where the provider is, and how the client should behave. */
export interface Base {
  readonly url: string;
  readonly apiKey?: string;
  readonly maxRetries?: number;
}

/** What every stack can do. `raw` is the SDK's own client where there is one. */
export interface Client {
  /** Asks one question; the text of the answer. */
  readonly ask: (prompt: string, options?: OptionHeaders) => Promise<string>;
  /** The same, streamed; `stop` breaks off after the first piece. */
  readonly stream?: (
    prompt: string,
    options?: OptionHeaders & { readonly stop?: boolean },
  ) => Promise<readonly string[]>;
  readonly raw?: unknown;
}

type AnyOpenAI = OpenAI | OpenAI4 | OpenAI5 | OpenAI7;

const model = 'gpt-4.1-nano';
const claude = 'claude-haiku-4-5';

/** The clients share this much of their surface in every version; their types do not say so. */
function openAIClient(client: AnyOpenAI): Client {
  const { completions } = (client as OpenAI).chat;
  return {
    raw: client,
    ask: async (prompt, options) =>
      (await completions.create({ model, max_tokens: 60, messages: [{ role: 'user', content: prompt }] }, options))
        .choices[0]?.message.content ?? '',
    stream: async (prompt, { stop = false, ...options } = { headers: {} }) => {
      const pieces: string[] = [];
      for await (const chunk of await completions.create(
        { model, max_tokens: 60, stream: true, messages: [{ role: 'user', content: prompt }] },
        options,
      )) {
        pieces.push(JSON.stringify({ ...chunk, id: '', created: 0 }));
        if (stop) break;
      }
      return pieces;
    },
  };
}

function openAIStack(
  name: string,
  construct: (options: {
    apiKey: string;
    baseURL: string;
    maxRetries: number;
    fetch?: typeof globalThis.fetch;
  }) => AnyOpenAI,
  door: 'wrap' | 'fetch',
): Stack {
  return {
    name,
    family: 'openai',
    make: ({ url, apiKey = 'sk-test', maxRetries = 0 }, gate) => {
      const options = { apiKey, baseURL: `${url}/v1`, maxRetries };
      if (!gate) return openAIClient(construct(options));
      return openAIClient(
        door === 'fetch' ? construct({ ...options, fetch: gate.fetch }) : gate.wrap(construct(options) as OpenAI),
      );
    },
  };
}

function anthropicStack(
  name: string,
  construct: (options: { apiKey: string; baseURL: string; maxRetries: number }) => Anthropic,
): Stack {
  return {
    name,
    family: 'anthropic',
    make: ({ url, apiKey = 'sk-ant-test', maxRetries = 0 }, gate) => {
      const bare = construct({ apiKey, baseURL: url, maxRetries });
      const client = gate ? gate.wrap(bare) : bare;
      return {
        raw: client,
        ask: async (prompt, options) => {
          const message = await client.messages.create(
            { model: claude, max_tokens: 60, messages: [{ role: 'user', content: prompt }] },
            options,
          );
          return message.content.map((block) => (block.type === 'text' ? block.text : '')).join('');
        },
        stream: async (prompt, { stop = false, ...options } = { headers: {} }) => {
          const pieces: string[] = [];
          for await (const event of await client.messages.create(
            { model: claude, max_tokens: 60, stream: true, messages: [{ role: 'user', content: prompt }] },
            options,
          )) {
            pieces.push(JSON.stringify(event, (key, value) => (key === 'id' ? '' : value)));
            if (stop) break;
          }
          return pieces;
        },
      };
    },
  };
}

function vercelStack(
  name: string,
  modelOf: (base: Base, fetch: typeof globalThis.fetch | undefined) => Parameters<typeof generateText>[0]['model'],
): Stack {
  return {
    name,
    family: 'vercel',
    make: (base, gate) => {
      const languageModel = modelOf(base, gate?.fetch);
      const maxRetries = base.maxRetries ?? 0;
      return {
        ask: async (prompt, options) =>
          (await generateText({ model: languageModel, prompt, maxRetries, maxOutputTokens: 60, ...options })).text,
        stream: async (prompt, { stop = false, ...options } = { headers: {} }) => {
          const pieces: string[] = [];
          const failures: unknown[] = [];
          const result = streamText({
            model: languageModel,
            prompt,
            maxRetries,
            maxOutputTokens: 60,
            onError: ({ error }) => void failures.push(error),
            ...options,
          });
          for await (const piece of result.textStream) {
            pieces.push(piece);
            if (stop) break;
          }
          if (failures.length > 0) throw failures[0];
          return pieces;
        },
      };
    },
  };
}

const withFetch = (gate: Gate | undefined): { fetch?: typeof globalThis.fetch } => (gate ? { fetch: gate.fetch } : {});

/** Every stack that the gate promises to leave as it is. */
export const stacks: readonly Stack[] = [
  openAIStack(
    'openai 4.104 (fetch door)',
    (options) => new OpenAI4(options as unknown as ConstructorParameters<typeof OpenAI4>[0]),
    'fetch',
  ),
  openAIStack('openai 5.23', (options) => new OpenAI5(options), 'wrap'),
  openAIStack('openai 6.49', (options) => new OpenAI(options), 'wrap'),
  openAIStack('openai 7.57', (options) => new OpenAI7(options), 'wrap'),
  {
    name: 'AzureOpenAI 6.49',
    family: 'openai',
    make: ({ url, apiKey = 'azure-test', maxRetries = 0 }, gate) => {
      const bare = new AzureOpenAI({
        apiKey,
        baseURL: `${url}/openai/deployments/${model}`,
        apiVersion: '2025-04-01-preview',
        maxRetries,
      });
      return openAIClient(gate ? gate.wrap(bare) : bare);
    },
  },
  anthropicStack('@anthropic-ai/sdk 1.12', (options) => new Anthropic(options)),
  anthropicStack('@anthropic-ai/sdk 0.122', (options) => new Anthropic0(options) as unknown as Anthropic), // the same surface, as far as it is used
  vercelStack('Vercel AI SDK, OpenAI chat', ({ url, apiKey = 'sk-test' }, fetch) =>
    createOpenAI({ baseURL: `${url}/v1`, apiKey, ...(fetch && { fetch }) }).chat(model),
  ),
  vercelStack('Vercel AI SDK, OpenAI Responses', ({ url, apiKey = 'sk-test' }, fetch) =>
    createOpenAI({ baseURL: `${url}/v1`, apiKey, ...(fetch && { fetch }) }).responses(model),
  ),
  vercelStack('Vercel AI SDK, Anthropic', ({ url, apiKey = 'sk-ant-test' }, fetch) =>
    createAnthropic({ baseURL: `${url}/v1`, apiKey, ...(fetch && { fetch }) })(claude),
  ),
  {
    name: '@langchain/openai 1.5',
    family: 'langchain',
    make: ({ url, apiKey = 'sk-test', maxRetries = 0 }, gate) => {
      const chat = new ChatOpenAI({
        model,
        apiKey,
        maxRetries,
        maxTokens: 60,
        configuration: { baseURL: `${url}/v1`, ...withFetch(gate) },
      });
      return {
        ask: async (prompt, options) => String((await chat.invoke(prompt, options && { options })).content),
        stream: async (prompt, { stop = false, ...options } = { headers: {} }) => {
          const pieces: string[] = [];
          for await (const chunk of await chat.stream(prompt, { options })) {
            pieces.push(String(chunk.content));
            if (stop) break;
          }
          return pieces;
        },
      };
    },
  },
  {
    name: '@instructor-ai/instructor 1.7',
    family: 'instructor',
    make: ({ url, apiKey = 'sk-test', maxRetries = 0 }, gate) => {
      const client = Instructor({
        client: new OpenAI4({
          apiKey,
          baseURL: `${url}/v1`,
          maxRetries,
          ...(gate && {
            fetch: gate.fetch as unknown as NonNullable<ConstructorParameters<typeof OpenAI4>[0]>['fetch'],
          }),
        }) as never,
        mode: 'TOOLS',
      }); // it names openai 4.47's types
      return {
        ask: async (prompt, options) => {
          const create = client.chat.completions.create as unknown as (
            body: object,
            options?: object,
          ) => Promise<Record<string, unknown>>; // its generics name another zod
          const { answer } = await create(
            {
              model,
              max_tokens: 60,
              messages: [{ role: 'user', content: prompt }],
              response_model: { schema: z3.object({ answer: z3.string() }), name: 'Answer' },
            },
            options,
          );
          return String(answer);
        },
      };
    },
  },
  {
    name: '@openai/agents 0.20',
    // It has no place for a request's own headers.
    optionsBy: 'run',
    family: 'agents',
    make: ({ url, apiKey = 'sk-test', maxRetries = 0 }, gate) => {
      const bare = new OpenAI({ apiKey, baseURL: `${url}/v1`, maxRetries });
      const runner = new Runner({
        modelProvider: new OpenAIProvider({
          openAIClient: (gate ? gate.wrap(bare) : bare) as never,
          useResponses: false,
        }),
        tracingDisabled: true,
      }); // it names its own copy of the client's type
      const agent = new Agent({ name: 'support', model, modelSettings: { maxTokens: 60 } });
      return {
        ask: async (prompt) => String((await runner.run(agent, prompt)).finalOutput),
        stream: async (prompt, { stop = false } = { headers: {} }) => {
          const pieces: string[] = [];
          const result = await runner.run(agent, prompt, { stream: true });
          for await (const piece of result.toTextStream()) {
            pieces.push(String(piece));
            if (stop) break;
          }
          if (!stop) await result.completed;
          return pieces;
        },
      };
    },
  },
  ...(['gate inside', 'gate outside'] as const).map(
    (nesting): Stack => ({
      name: `langfuse observeOpenAI, ${nesting}`,
      family: 'langfuse',
      make: ({ url, apiKey = 'sk-test', maxRetries = 0 }, gate) => {
        const bare = new OpenAI({ apiKey, baseURL: `${url}/v1`, maxRetries });
        const config = {
          clientInitParams: { publicKey: 'pk-lf-test', secretKey: 'sk-lf-test', baseUrl: url, enabled: false },
        };
        if (!gate) return openAIClient(observeOpenAI(bare as never, config) as unknown as OpenAI); // it names its own copy of the client's type
        if (nesting === 'gate inside')
          return openAIClient(observeOpenAI(gate.wrap(bare) as never, config) as unknown as OpenAI);
        return openAIClient(gate.wrap(observeOpenAI(bare as never, config) as unknown as OpenAI));
      },
    }),
  ),
];
