import type Anthropic from '@anthropic-ai/sdk';
import { type Behaviour, collect, outcome, prompt, responseHeaders, type Scene } from '../behaviour.js';
import { claude, maxTokens } from '../stack.js';

const body = { model: claude, max_tokens: maxTokens, messages: [{ role: 'user' as const, content: prompt }] };

function sdk({ client, stack }: Scene): Anthropic {
  if (!client.anthropic) throw new Error(`${stack.name} does not show Anthropic's surface.`);
  return client.anthropic;
}

const behaviour = (
  number: number,
  title: string,
  observe: (client: Anthropic, scene: Scene) => Promise<unknown>,
  more: Partial<Behaviour> = {},
): Behaviour => ({
  number,
  title,
  appliesTo: (stack) => stack.family === 'anthropic',
  observe: async (scene) => observe(sdk(scene), scene),
  ...more,
});

const streamed = (client: Anthropic) => client.messages.create({ ...body, stream: true });
const schema = { type: 'object', properties: { a: { type: 'number' } }, required: ['a'], additionalProperties: false };

/** What Anthropic's clients can do beside asking. */
export const anthropicBehaviours: readonly Behaviour[] = [
  behaviour(3, 'the hidden _request_id', async (client) => {
    const message = await client.messages.create(body);
    return [Object.keys(message).includes('_request_id'), /^req_/.test(message._request_id ?? '')];
  }),
  behaviour(4, 'asResponse() with an unread body', async (client) => {
    const response = await client.messages.create(body).asResponse();
    return [response.bodyUsed, response.status, response.url, JSON.parse(await response.text()), response.bodyUsed];
  }),
  behaviour(5, 'withResponse()', async (client) => {
    const { data, response, request_id } = await client.messages.create(body).withResponse();
    return [data, response.ok, response.headers.get('content-type'), /^req_/.test(request_id ?? '')];
  }),
  behaviour(6, 'parse() with a schema', async (client) => {
    const { parsed_output } = await client.messages.parse({
      ...body,
      output_config: { format: { type: 'json_schema', schema, parse: JSON.parse } as never }, // what the SDK's own helpers make of a schema
    });
    return parsed_output;
  }),
  behaviour(7, 'a stream is read once', async (client) => {
    const stream = await streamed(client);
    return [await collect(stream), await outcome(collect(stream))];
  }),
  behaviour(7, 'stream.tee()', async (client) => Promise.all((await streamed(client)).tee().map(collect))),
  behaviour(7, 'stream.toReadableStream()', async (client) =>
    new Response((await streamed(client)).toReadableStream() as ReadableStream).text(),
  ),
  behaviour(
    8,
    'stream.controller.abort()',
    async (client, { provider }) => {
      provider.fault({ kind: 'hang', afterBytes: 700 });
      const stream = await streamed(client);
      const { controller } = stream;
      if (!controller) throw new TypeError('a stream without its controller');
      const read = outcome(async () => {
        for await (const _ of stream) controller.abort();
        return 'quietly';
      });
      const [request] = provider.requests;
      await request?.done;
      return [await read, request?.aborted];
    },
    { once: 'an answer from the cache has no provider to hear of it' },
  ),
  behaviour(9, 'messages.stream() and what it tells at the end', async (client) => {
    const helper = client.messages.stream(body);
    const told: unknown[] = [];
    helper.on('text', (delta, snapshot) => told.push([delta, snapshot.length]));
    helper.on('streamEvent', (event) => told.push(event.type));
    helper.on('contentBlock', (block) => told.push(block));
    helper.on('end', () => told.push('end'));
    return [await helper.finalText(), await helper.finalMessage(), told];
  }),
  behaviour(
    10,
    'toolRunner over two turns',
    async (client, { provider }) => {
      provider.script({
        when: ({ json }) => Array.isArray(json['messages']) && json['messages'].length === 1,
        toolCalls: [{ name: 'weather', arguments: { city: 'Oslo' } }],
      });
      const runner = client.beta.messages.toolRunner({
        ...body,
        tools: [
          {
            type: 'custom',
            name: 'weather',
            description: 'the weather',
            input_schema: { type: 'object', properties: { city: { type: 'string' } } },
            parse: (input) => input as { city: string }, // the tool's own schema says so
            run: ({ city }: { city: string }) => `rain in ${city}`,
          },
        ],
      });
      return [(await runner.runUntilDone()).content, provider.requests.length];
    },
    { once: 'the turns that are asked for again reach no provider' },
  ),
  behaviour(11, 'pages of a list', async (client) => {
    const page = await client.models.list({ limit: 2 });
    return [page.data.length, page.hasNextPage(), (await collect(page)).map((each) => each.id)];
  }),
  behaviour(12, 'an upload and a download', async (client) => {
    const file = await client.beta.files.upload({ file: new File(['{"a":1}\n'], 'a.jsonl') });
    return [file.filename, file.size_bytes, await (await client.beta.files.download(file.id)).text()];
  }),
  behaviour(12, 'count_tokens, client.post() and client.get()', async (client) => [
    await client.messages.countTokens({ model: claude, messages: body.messages }),
    await client.post('/v1/messages', { body }),
    await client.get('/v1/models'),
  ]),
  behaviour(12, 'withOptions()', async (client) => client.withOptions({ timeout: 5000 }).messages.create(body)),
  behaviour(
    13,
    'the error of a missing model',
    async (client) => client.messages.create({ ...body, model: 'no-such-model' }),
    { ends: 'badly' },
  ),
  behaviour(13, 'the error of a missing message', async (client) => client.messages.create({ ...body, messages: [] }), {
    ends: 'badly',
  }),
  behaviour(
    15,
    'a slow body after quick headers',
    async (client, { provider }) => {
      provider.fault({ kind: 'slowBody', delayMs: 2000 });
      return client.messages.create(body, { timeout: 1500 });
    },
    { once: 'an answer from the cache is not slow', ends: 'either way' },
  ),
  behaviour(
    19,
    'the headers of an answer',
    async (client) => responseHeaders((await client.messages.create(body).withResponse()).response.headers),
    { once: 'a replay leaves out what belongs to a connection; test/e2e/caches.test.ts says what' },
  ),
];
