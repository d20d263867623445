import { type Behaviour, outcome, prompt, type Scene } from '../behaviour.js';

/** After so many, a stream has brought some of its pieces, and not all. */
const someBytes = { chat: 1500, messages: 1200, responses: 5000 };

const every = (): boolean => true;

const htmlForJson = 'a page of HTML with 200';

/** Faults of an answer that is not a stream, as clients tell them. */
const failures: readonly (readonly [string, (scene: Scene) => void])[] = [
  ['400', ({ provider }) => provider.fault({ kind: 'status', status: 400, message: 'Malformed.' })],
  ['403', ({ provider }) => provider.fault({ kind: 'status', status: 403 })],
  ['404', ({ provider }) => provider.fault({ kind: 'status', status: 404 })],
  ['409', ({ provider }) => provider.fault({ kind: 'status', status: 409 })],
  ['422', ({ provider }) => provider.fault({ kind: 'status', status: 422 })],
  ['429', ({ provider }) => provider.fault({ kind: 'status', status: 429, headers: { 'retry-after': '7' } })],
  ['500', ({ provider }) => provider.fault({ kind: 'status', status: 500 })],
  ['529', ({ provider }) => provider.fault({ kind: 'status', status: 529 })],
  ['half a JSON', ({ provider }) => provider.fault({ kind: 'truncate', afterBytes: 50 })],
  [
    'a page of HTML with 502',
    ({ provider }) => provider.fault({ kind: 'body', body: '<html>Bad</html>', contentType: 'text/html', status: 502 }),
  ],
  [htmlForJson, ({ provider }) => provider.fault({ kind: 'body', body: '<html>Hi</html>', contentType: 'text/html' })],
  ['a reset', ({ provider }) => provider.fault({ kind: 'reset' })],
  ['a reset in the body', ({ provider }) => provider.fault({ kind: 'reset', afterBytes: 60 })],
];

const streamFaults: readonly (readonly [string, (scene: Scene) => void])[] = [
  ['an error in the middle', ({ provider }) => provider.fault({ kind: 'streamError', afterEvents: 5 })],
  [
    'a reset in the middle',
    ({ provider, stack }) => provider.fault({ kind: 'reset', afterBytes: someBytes[stack.api] }),
  ],
  [
    'an end in the middle',
    ({ provider, stack }) => provider.fault({ kind: 'truncate', afterBytes: someBytes[stack.api] }),
  ],
  ['events that come twice', ({ provider }) => provider.fault({ kind: 'duplicate' })],
  [
    'a drip of bytes, letters of many bytes among them',
    ({ provider }) => {
      provider.script({ text: 'Schöne Grüße 🚲 из Осло' });
      provider.fault({ kind: 'drip', bytes: 5 });
    },
  ],
];

/** What can be seen on every stack, by asking a question. */
export const everyStack: readonly Behaviour[] = [
  {
    number: 1,
    title: 'what the application holds is of its class, with its fields',
    appliesTo: every,
    observe: async ({ client }) => [
      Object.getPrototypeOf(client.held)?.constructor.name,
      Object.keys(client.held).sort(),
    ],
  },
  { number: 2, title: 'the awaited value', appliesTo: every, observe: ({ client }) => client.value(prompt) },
  {
    number: 6,
    title: 'an answer by a schema',
    appliesTo: (stack) => ['vercel', 'langchain', 'instructor', 'agents'].includes(stack.family),
    observe: ({ client }) => client.structured?.(prompt) ?? Promise.reject(new Error('no schema')),
  },
  { number: 7, title: 'the pieces of a stream', appliesTo: every, observe: ({ client }) => client.stream(prompt) },
  {
    number: 8,
    title: 'breaking off a stream',
    appliesTo: every,
    once: 'an answer from the cache has no provider to hear of it',
    provider: { chunkDelayMs: 20 },
    observe: async (scene) => {
      const pieces = await outcome(scene.client.stream(prompt, { stop: true }));
      const [request] = scene.provider.requests;
      await request?.done;
      return [pieces, request?.aborted];
    },
  },
  {
    number: 8,
    title: 'a signal that aborts a stream after its first piece',
    appliesTo: every,
    once: 'an answer from the cache has no provider to hear of it',
    observe: async (scene) => {
      scene.provider.fault({ kind: 'hang', afterBytes: someBytes[scene.stack.api] });
      const leaving = new AbortController();
      const streamed = outcome(scene.client.stream(prompt, { signal: leaving.signal, onPiece: () => leaving.abort() }));
      const [request] = await requests(scene, 1);
      await request?.done;
      return [endOf(await streamed), request?.aborted];
    },
  },
  {
    number: 8,
    title: 'a signal that aborts a call under way',
    appliesTo: every,
    observe: async (scene) => {
      scene.provider.fault({ kind: 'hang' });
      const leaving = new AbortController();
      const asked = outcome(scene.client.ask(prompt, { signal: leaving.signal }));
      const [request] = await requests(scene, 1);
      leaving.abort();
      await request?.done;
      return [await asked, request?.aborted];
    },
  },
  {
    number: 8,
    title: 'a signal that was aborted before',
    appliesTo: every,
    ends: 'badly',
    observe: ({ client }) => client.ask(prompt, { signal: AbortSignal.abort() }),
  },
  {
    number: 9,
    title: 'what a stack knows of a stream at its end',
    appliesTo: (stack) => ['vercel', 'langchain', 'agents'].includes(stack.family),
    observe: ({ client }) => client.streamEnd?.(prompt) ?? Promise.reject(new Error('no end')),
  },
  {
    number: 10,
    title: 'a tool, over two turns',
    appliesTo: (stack) => ['vercel', 'langchain', 'agents'].includes(stack.family),
    observe: async ({ client, provider }) => {
      provider.script({
        when: ({ json }) =>
          !/"tool"|tool_result|function_call_output/.test(JSON.stringify(json['messages'] ?? json['input'])),
        toolCalls: [{ name: 'weather', arguments: { city: 'Oslo' } }],
      });
      return client.useTool?.(prompt);
    },
  },
  ...failures.map(
    ([name, lay]): Behaviour => ({
      number: 13,
      title: `the error of ${name}`,
      appliesTo: every,
      ends: name === htmlForJson ? 'either way' : 'badly',
      observe: (scene) => {
        lay(scene);
        return scene.client.ask(prompt);
      },
    }),
  ),
  {
    number: 13,
    title: 'the error of a wrong key',
    appliesTo: every,
    base: { apiKey: 'wrong' },
    ends: 'badly',
    observe: ({ client }) => client.ask(prompt),
  },
  {
    number: 14,
    title: 'retries, and a key of idempotency in each',
    appliesTo: every,
    base: { maxRetries: 1 },
    observe: async ({ client, provider, stack }) => {
      provider.fault({ kind: 'status', status: 503, headers: { 'retry-after-ms': '1' } });
      return [
        await outcome(client.ask(prompt, stack.takesHeaders ? { headers: { 'idempotency-key': 'once' } } : {})),
        provider.requests.map(({ headers }) => [headers['idempotency-key'], headers['x-stainless-retry-count']]),
      ];
    },
    once: 'an answer from the cache needs no retry',
  },
  {
    number: 14,
    title: 'retries by the word of the provider, where a stack listens to it',
    appliesTo: every,
    base: { maxRetries: 2 },
    observe: async ({ client, provider }) => {
      provider.fault(
        { kind: 'status', status: 400, headers: { 'x-should-retry': 'true', 'retry-after-ms': '1' } },
        { kind: 'status', status: 503, headers: { 'x-should-retry': 'false' } },
      );
      return [await outcome(client.ask(prompt)), provider.requests.length];
    },
  },
  {
    number: 15,
    title: 'a timeout before the headers',
    appliesTo: every,
    base: { timeoutMs: 1000 },
    once: 'a request that comes late would take what is laid down for the second look',
    ends: 'badly',
    observe: ({ client, provider }) => {
      provider.fault({ kind: 'hang' });
      return client.ask(prompt);
    },
  },
  ...streamFaults.map(
    ([name, lay]): Behaviour => ({
      number: 18,
      title: `a stream with ${name}`,
      appliesTo: every,
      ends: 'either way',
      observe: (scene) => {
        lay(scene);
        return scene.client.stream(prompt);
      },
    }),
  ),
  {
    number: 18,
    title: 'a stream that fails before it begins',
    appliesTo: every,
    ends: 'badly',
    observe: ({ client, provider }) => {
      provider.fault({ kind: 'status', status: 500 });
      return client.stream(prompt);
    },
  },
];

/** How a stream ended; how much of it was on its way when the signal came is a matter of chance. */
function endOf(streamed: unknown): unknown {
  const pieces = (streamed as { value?: readonly string[] }).value; // as `outcome` has it
  return pieces ? `quietly, after ${pieces.length > 0 ? 'some' : 'no'} pieces` : streamed;
}

/** Waits until the provider has so many requests. */
async function requests({ provider }: Scene, count: number): Promise<Scene['provider']['requests']> {
  while (provider.requests.length < count) await new Promise((resolve) => setTimeout(resolve, 5));
  return provider.requests;
}
