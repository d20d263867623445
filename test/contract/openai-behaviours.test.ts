import { type Provider, startProvider } from '@farthing/testkit';
import { type CallRecord, createGate, type GateOptions, usd } from 'farthing';
import OpenAI from 'openai';
import OpenAI4 from 'openai-4';
import OpenAI5 from 'openai-5';
import OpenAI7 from 'openai-7';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

let provider: Provider;
beforeAll(async () => {
  provider = await startProvider();
});
afterAll(() => provider.close());
beforeEach(() => provider.reset());

const model = 'gpt-4.1-nano';
const body = { model, max_tokens: 400, messages: [{ role: 'user' as const, content: 'My chain slips under load.' }] };
const weather = {
  type: 'function' as const,
  function: { name: 'weather', parameters: { type: 'object', properties: { city: { type: 'string' } } } },
};

interface Version {
  readonly name: string;
  readonly construct: (options: {
    apiKey: string;
    baseURL: string;
    maxRetries: number;
    timeout?: number;
    fetch?: typeof globalThis.fetch;
  }) => OpenAI;
  /** Whether it copies itself by `withOptions`, which 4 does not. */
  readonly wraps: boolean;
}

// The four majors share the surface that is used here; their types are different copies of it.
const versions: readonly Version[] = [
  { name: 'openai 4.104', construct: (options) => new OpenAI4(options as never) as unknown as OpenAI, wraps: false },
  { name: 'openai 5.23', construct: (options) => new OpenAI5(options) as unknown as OpenAI, wraps: true },
  { name: 'openai 6.49', construct: (options) => new OpenAI(options), wraps: true },
  { name: 'openai 7.57', construct: (options) => new OpenAI7(options) as unknown as OpenAI, wraps: true },
];

/** One behaviour of the client, as a plain value that must be the same with and without the gate. */
interface Behaviour {
  readonly title: string;
  readonly observe: (client: OpenAI) => Promise<unknown>;
  /** Why it does not apply to 4. */
  readonly notIn4?: string;
  /** The global fetch can't take what 4 uploads; its own can, and so must the gate's. */
  readonly bareFetchIn4?: 'its own';
}

/** The chat helpers of a version: 4 has them under `beta`, and the types know only the newest place. */
function helpers(client: OpenAI): OpenAI['chat']['completions'] {
  const older = (client as unknown as { beta?: { chat?: { completions?: OpenAI['chat']['completions'] } } }).beta?.chat
    ?.completions;
  return older && 'parse' in older ? older : client.chat.completions;
}

const collect = async <Item>(items: AsyncIterable<Item>): Promise<Item[]> => {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
};
const failure = async (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'no error',
    (error: Record<string, unknown>) => ({
      name: error['constructor'] instanceof Function ? error['constructor'].name : '',
      status: error['status'],
      code: error['code'],
      type: error['type'],
      message: String(error['message']).replace(/req_\w+/g, 'req'),
    }),
  );

const behaviours: readonly Behaviour[] = [
  { title: '2 the awaited value', observe: (client) => client.chat.completions.create(body) },
  {
    title: '3 the hidden _request_id',
    observe: async (client) => /^req_/.test((await client.chat.completions.create(body))._request_id ?? ''),
  },
  {
    title: '4 asResponse() with an unread body',
    observe: async (client) => {
      const response = await client.chat.completions.create(body).asResponse();
      return [response.bodyUsed, response.status, response.url.replace(/:\d+/, ''), JSON.parse(await response.text())];
    },
  },
  {
    title: '5 withResponse()',
    observe: async (client) => {
      const { data, response } = await client.chat.completions.create(body).withResponse();
      return [data, response.ok, response.headers.get('content-type')];
    },
  },
  {
    title: '6 parse() with a schema',
    observe: async (client) =>
      (
        await helpers(client).parse({
          ...body,
          response_format: {
            type: 'json_schema',
            json_schema: { name: 'x', strict: true, schema: { type: 'object', properties: { a: { type: 'number' } } } },
          },
        })
      ).choices,
  },
  {
    title: '6 responses.create().output_text',
    observe: async (client) => (await client.responses.create({ model, input: 'My chain slips.' })).output_text,
  },
  {
    title: '6 embeddings, base64 underneath',
    observe: async (client) =>
      (await client.embeddings.create({ model: 'text-embedding-3-small', input: ['a', 'b'], dimensions: 8 })).data,
  },
  {
    title: '7 iterating a stream',
    observe: async (client) => collect(await client.chat.completions.create({ ...body, stream: true })),
  },
  {
    title: '7 a stream with usage asked for',
    observe: async (client) =>
      collect(await client.chat.completions.create({ ...body, stream: true, stream_options: { include_usage: true } })),
  },
  {
    title: '7 a stream is read once',
    observe: async (client) => {
      const stream = await client.chat.completions.create({ ...body, stream: true });
      await collect(stream);
      return failure(collect(stream));
    },
  },
  {
    title: '7 stream.tee()',
    observe: async (client) =>
      Promise.all((await client.chat.completions.create({ ...body, stream: true })).tee().map(collect)),
  },
  {
    title: '7 stream.toReadableStream()',
    observe: async (client) =>
      (
        await new Response(
          (await client.chat.completions.create({ ...body, stream: true })).toReadableStream() as ReadableStream,
        ).text()
      ).split('\n').length,
  },
  {
    title: '8 a signal that is aborted at once',
    observe: async (client) => failure(client.chat.completions.create(body, { signal: AbortSignal.abort() })),
  },
  {
    title: '9 completions.stream()',
    observe: async (client) => {
      const helper = helpers(client).stream(body);
      const events: string[] = [];
      helper.on('content', (delta) => events.push(delta));
      return [await helper.finalContent(), (await helper.finalChatCompletion()).choices, events];
    },
  },
  {
    title: '9 responses.stream()',
    notIn4: 'its event types are older than the provider’s',
    observe: async (client) => {
      const helper = client.responses.stream({ model, input: 'My chain slips.' });
      const types: string[] = [];
      for await (const event of helper) types.push(event.type);
      return [(await helper.finalResponse()).output_text, types];
    },
  },
  {
    title: '10 runTools over two turns',
    observe: async (client) => {
      provider.script({
        when: ({ json }) => (json['messages'] as unknown[]).length === 1,
        toolCalls: [{ name: 'weather', arguments: { city: 'Oslo' } }],
      });
      const runner = helpers(client).runTools({
        ...body,
        messages: [...body.messages],
        tools: [
          {
            type: 'function',
            function: {
              name: 'weather',
              description: 'the weather',
              parse: JSON.parse,
              parameters: weather.function.parameters,
              function: ({ city }: { city: string }) => `rain in ${city}`,
            },
          },
        ],
      } as never);
      return [await runner.finalContent(), runner.messages.map((message: { role: string }) => message.role)];
    },
  },
  {
    title: '11 pagination',
    observe: async (client) => {
      const page = await client.models.list();
      return [page.data.length, page.hasNextPage(), (await collect(page)).map((each) => each.id)];
    },
  },
  {
    title: '12 an upload and a download',
    bareFetchIn4: 'its own',
    observe: async (client) => {
      const file = await client.files.create({ file: new File(['{"a":1}\n'], 'a.jsonl'), purpose: 'batch' });
      return [file.filename, file.bytes, await (await client.files.content(file.id)).text()];
    },
  },
  {
    title: '12 a binary answer',
    observe: async (client) => [
      ...new Uint8Array(
        await (await client.audio.speech.create({ model: 'tts-1', voice: 'alloy', input: 'Hello' })).arrayBuffer(),
      ),
    ],
  },
  { title: '12 client.post()', observe: (client) => client.post('/chat/completions', { body }) },
  {
    title: '13 a missing model',
    observe: (client) => failure(client.chat.completions.create({ ...body, model: 'no-such-model' })),
  },
  {
    title: '13 a malformed request',
    observe: (client) => failure(client.chat.completions.create({ ...body, messages: [] })),
  },
  {
    title: '13 rate limits',
    observe: async (client) => {
      provider.fault({ kind: 'status', status: 429, headers: { 'retry-after': '7' } });
      return failure(client.chat.completions.create(body));
    },
  },
  {
    title: '13 overload',
    observe: async (client) => {
      provider.fault({ kind: 'status', status: 503 });
      return failure(client.chat.completions.create(body));
    },
  },
  {
    title: '13 half a JSON',
    observe: async (client) => {
      provider.fault({ kind: 'truncate', afterBytes: 50 });
      return (await failure(client.chat.completions.create(body))) !== 'no error';
    },
  },
  {
    title: '13 a page of HTML',
    observe: async (client) => {
      provider.fault({ kind: 'body', body: '<html>Bad gateway</html>', contentType: 'text/html', status: 502 });
      return failure(client.chat.completions.create(body));
    },
  },
  {
    title: '13 HTML where JSON was asked for',
    observe: async (client) => {
      provider.fault({ kind: 'body', body: '<html>Hello</html>', contentType: 'text/html' });
      return client.chat.completions.create(body);
    },
  },
  {
    title: '13 a connection that is reset',
    observe: async (client) => {
      provider.fault({ kind: 'reset' });
      return failure(client.chat.completions.create(body));
    },
  },
  {
    title: '13 a body that is reset half-way',
    observe: async (client) => {
      provider.fault({ kind: 'reset', afterBytes: 60 });
      return (await failure(client.chat.completions.create(body))) !== 'no error';
    },
  },
  {
    title: '15 timeout of an attempt',
    observe: (client) => {
      provider.fault({ kind: 'hang' });
      return failure(client.chat.completions.create(body, { timeout: 100 }));
    },
  },
  {
    title: '15 a slow body after quick headers',
    observe: async (client) => {
      provider.fault({ kind: 'slowBody', delayMs: 400 });
      const result = await failure(client.chat.completions.create(body, { timeout: 200 }));
      return result;
    },
  },
  {
    title: '18 a drip of bytes with letters of many bytes',
    observe: async (client) => {
      provider.script({ text: 'Schöne Grüße 🚲 из Осло' });
      provider.fault({ kind: 'drip' });
      return collect(await client.chat.completions.create({ ...body, stream: true }));
    },
  },
  {
    title: '18 an error in the middle of a stream',
    observe: async (client) => {
      provider.fault({ kind: 'streamError', afterEvents: 3 });
      return failure(client.chat.completions.create({ ...body, stream: true }).then(collect));
    },
  },
  {
    title: '18 a stream that is reset',
    observe: async (client) => {
      provider.fault({ kind: 'reset', afterBytes: 700 });
      return failure(client.chat.completions.create({ ...body, stream: true }).then(collect));
    },
  },
  {
    title: '18 duplicate events',
    observe: async (client) => {
      provider.fault({ kind: 'duplicate' });
      return (await collect(await client.chat.completions.create({ ...body, stream: true }))).length;
    },
  },
  {
    title: '19 headers of rate limits',
    observe: async (client) =>
      (await client.chat.completions.create(body).withResponse()).response.headers.get(
        'x-ratelimit-remaining-requests',
      ),
  },
];

/** Ids and times differ from call to call; nothing else may. */
function normal(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value ?? null, (key, each: unknown) =>
      ['id', 'created', 'created_at', 'item_id', '_request_id', 'call_id', 'tool_call_id'].includes(key) ? '' : each,
    ),
  );
}

const features: readonly (readonly [string, GateOptions])[] = [
  ['features off', {}],
  [
    'features on',
    {
      cache: true,
      coalesce: true,
      exposeHeaders: true,
      onUnmetered: 'record',
      budgets: [{ name: 'all', limit: usd('1000'), per: 'total' }],
      prices: { 'no-such-model': { input: '1', output: '1' } },
    },
  ],
];

const guard = (version: Version, options: GateOptions): { client: OpenAI; records: CallRecord[] } => {
  const gate = createGate({ ...options, onWarning: () => {} });
  const records: CallRecord[] = [];
  gate.on('call', (record) => records.push(record));
  const settings = { apiKey: 'sk-test', baseURL: provider.openaiBaseURL, maxRetries: 0 };
  return {
    client: version.wraps
      ? gate.wrap(version.construct(settings))
      : version.construct({ ...settings, fetch: gate.fetch }),
    records,
  };
};

for (const version of versions) {
  for (const [name, options] of features) {
    describe(`${version.name}, ${name}`, () => {
      const applicable = behaviours.filter((behaviour) => version.wraps || !behaviour.notIn4);
      it.each(applicable.map((behaviour): [string, Behaviour] => [behaviour.title, behaviour]))(
        '%s',
        async (_, behaviour) => {
          const ownFetch = version.wraps || behaviour.bareFetchIn4 === 'its own';
          const bare = version.construct({
            apiKey: 'sk-test',
            baseURL: provider.openaiBaseURL,
            maxRetries: 0,
            ...(!ownFetch && { fetch: globalThis.fetch }),
          });
          const expected = normal(await behaviour.observe(bare));
          provider.reset();
          expect(normal(await behaviour.observe(guard(version, options).client))).toEqual(expected);
        },
      );
    });
  }
}

it('names the cells that do not apply', () => {
  expect(behaviours.filter((behaviour) => behaviour.notIn4).map((behaviour) => behaviour.title)).toEqual([
    '9 responses.stream()',
  ]);
});

describe.each(versions.filter((version) => version.wraps).map((version): [string, Version] => [version.name, version]))(
  '%s',
  (_, version) => {
    it('1 keeps type and instanceof, and wraps once', () => {
      const gate = createGate({ onWarning: () => {} });
      const bare = version.construct({ apiKey: 'sk-test', baseURL: provider.openaiBaseURL, maxRetries: 0 });
      const wrapped = gate.wrap(bare);
      expect(Object.getPrototypeOf(wrapped)).toBe(Object.getPrototypeOf(bare));
      expect(gate.wrap(wrapped)).toBe(wrapped);
    });

    it('coverage: no way to call escapes the budget', async () => {
      const { client, records } = guard(version, { budgets: [{ name: 'all', limit: usd('1'), per: 'total' }] });
      await client.chat.completions.create(body);
      await collect(await client.chat.completions.create({ ...body, stream: true }));
      await client.chat.completions.stream(body).finalContent();
      await client.chat.completions.parse(body);
      await client.chat.completions.runTools({ ...body, tools: [] }).finalContent();
      await client.withOptions({ timeout: 5000 }).chat.completions.create(body);
      await client.responses.create({ model, input: 'x', max_output_tokens: 50 });
      await client.embeddings.create({ model: 'text-embedding-3-small', input: 'x' });
      await client.post('/chat/completions', { body });
      await expect.poll(() => records.length).toBe(9);
      expect(provider.requests.length).toBe(9);
      expect(records.every((record) => record.budgets[0]?.action === 'allowed' && (record.costNanoUsd ?? 0) > 0)).toBe(
        true,
      );
    });
  },
);

describe('clients that can’t be guarded', () => {
  const gate = createGate({ onWarning: () => {} });
  const options = { apiKey: 'sk-test', baseURL: 'http://127.0.0.1:9/v1' };

  it('refuses openai 4 with advice', () => {
    expect(() => gate.wrap(new OpenAI4(options) as never)).toThrow(
      /expected a client with withOptions\(\).*got OpenAI\. Pass the gate to the constructor/,
    );
  });

  it('refuses a subclass that loses the fetch, and takes one that passes it on', () => {
    class Losing extends OpenAI {
      constructor() {
        super(options);
      }
    }
    class Keeping extends OpenAI {}
    expect(() => gate.wrap(new Losing())).toThrow(/its calls would go out unguarded/);
    expect(gate.wrap(new Keeping(options))).toBeInstanceOf(Keeping);
  });

  it('refuses what is no client', () => {
    expect(() => gate.wrap({} as never)).toThrow(/got Object/);
    expect(() => gate.wrap(undefined as never)).toThrow(/got undefined/);
  });
});
