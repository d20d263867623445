import { type Behaviour, type Fetched, prompt } from '../behaviour.js';

/** Stands for what an application hands to its fetch: an agent of undici, or of Node. Nothing looks into it. */
const agent = { name: 'the application’s own agent' };

/** What the provider receives is compared elsewhere. */
const opaque = new Set(['body', 'headers']);

const described = ({ init }: Fetched): unknown =>
  Object.entries(init)
    // Coalescing puts its own signal in front of the caller's; what aborts is compared elsewhere.
    .filter(([field, value]) => value !== undefined && field !== 'signal')
    .map(([field, value]) => [field, value === agent ? 'the very agent' : opaque.has(field) ? 'given' : value])
    .sort();

/** What reaches the fetch underneath. */
export const underneath: readonly Behaviour[] = [
  {
    number: 16,
    title: 'the init of fetch, with what the application adds to it',
    appliesTo: () => true,
    watchFetch: true,
    base: { requestInit: { keepalive: true, redirect: 'error', dispatcher: agent, agent } },
    observe: async ({ client, fetched }) => {
      await client.ask(prompt);
      await client.stream('What does a new bell cost?');
      return fetched.map(described);
    },
    once: 'an answer from the cache calls no fetch',
  },
  {
    number: 17,
    title: 'fetch is called on nothing',
    appliesTo: () => true,
    watchFetch: true,
    observe: async ({ client, fetched }) => {
      await client.ask(prompt);
      return fetched.map(({ on }) => on === undefined);
    },
    once: 'an answer from the cache calls no fetch',
  },
  {
    number: 19,
    title: 'the headers of an error',
    appliesTo: () => true,
    observe: async ({ client, provider }) => {
      provider.fault({ kind: 'status', status: 429, headers: { 'retry-after': '7', 'X-Odd-Case': 'kept' } });
      const error: unknown = await client.ask(prompt).catch((thrown: unknown) => thrown);
      const { headers, responseHeaders } = error as {
        headers?: ConstructorParameters<typeof Headers>[0];
        responseHeaders?: ConstructorParameters<typeof Headers>[0];
      }; // read as unknown
      const seen = new Headers(headers ?? responseHeaders);
      return ['retry-after', 'x-odd-case', 'x-ratelimit-remaining-requests', 'set-cookie'].map((name) =>
        seen.get(name),
      );
    },
  },
  {
    number: 20,
    title: 'what a stream tells of usage',
    appliesTo: (stack) => stack.api === 'chat',
    observe: async ({ client }) => (await client.stream(prompt)).filter((piece) => piece.includes('usage')),
  },
];
