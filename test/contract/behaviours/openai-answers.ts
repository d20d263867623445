import type OpenAI from 'openai';
import { type Behaviour, collect, prompt, responseHeaders, type Scene } from '../behaviour.js';
import { maxTokens, model, type Stack } from '../stack.js';

/** Stacks whose application has openai's own surface in its hands, wrapped or not. */
export const showsOpenAI = (stack: Stack): boolean =>
  ['openai', 'azure', 'langfuse', 'instructor'].includes(stack.family);

export const body = { model, max_tokens: maxTokens, messages: [{ role: 'user' as const, content: prompt }] };

/** Openai's surface of a stack that shows it. */
export function sdk({ client, stack }: Scene): OpenAI {
  if (!client.openai) throw new Error(`${stack.name} does not show openai's surface.`);
  return client.openai;
}

/** The chat helpers of a major: 4 has them under `beta`, and the types know only the newest place. */
export function helpers(scene: Scene): OpenAI['chat']['completions'] {
  const client = sdk(scene) as unknown as { beta?: { chat?: { completions?: OpenAI['chat']['completions'] } } };
  const older = client.beta?.chat?.completions;
  return older && 'parse' in older ? older : sdk(scene).chat.completions;
}

const behaviour = (
  number: number,
  title: string,
  observe: (client: OpenAI, scene: Scene) => Promise<unknown>,
  more: Partial<Behaviour> = {},
): Behaviour => ({
  number,
  title,
  appliesTo: showsOpenAI,
  observe: async (scene) => observe(sdk(scene), scene),
  ...more,
});

const schema = { type: 'object', properties: { a: { type: 'number' } }, required: ['a'], additionalProperties: false };

/** What openai's clients make of an answer that is not a stream. */
export const openAIAnswers: readonly Behaviour[] = [
  behaviour(3, 'the hidden _request_id', async (client) => {
    const answer = await client.chat.completions.create(body);
    return [Object.keys(answer).includes('_request_id'), /^req_/.test(answer._request_id ?? '')];
  }),
  behaviour(4, 'asResponse() with an unread body', async (client) => {
    const response = await client.chat.completions.create(body).asResponse();
    return [response.bodyUsed, response.status, response.url, JSON.parse(await response.text()), response.bodyUsed];
  }),
  behaviour(5, 'withResponse()', async (client) => {
    const { data, response, request_id } = await client.chat.completions.create(body).withResponse();
    return [data, response.ok, response.headers.get('content-type'), /^req_/.test(request_id ?? '')];
  }),
  behaviour(6, 'parse() with a schema', async (_, scene) =>
    (
      await helpers(scene).parse({
        ...body,
        response_format: { type: 'json_schema', json_schema: { name: 'x', strict: true, schema } },
      })
    ).choices.map(({ message }) => message.parsed),
  ),
  behaviour(
    6,
    'responses.create().output_text',
    async (client) => (await client.responses.create({ model, input: prompt })).output_text,
  ),
  behaviour(
    6,
    'embeddings, base64 underneath',
    async (client) =>
      (await client.embeddings.create({ model: 'text-embedding-3-small', input: ['a', 'b'], dimensions: 8 })).data,
  ),
  behaviour(10, 'runTools over two turns', async (_, scene) => {
    scene.provider.script({
      when: ({ json }) => Array.isArray(json['messages']) && json['messages'].length === 1,
      toolCalls: [{ name: 'weather', arguments: { city: 'Oslo' } }],
    });
    const weather = {
      name: 'weather',
      description: 'the weather',
      parse: JSON.parse,
      parameters: { type: 'object', properties: { city: { type: 'string' } } },
      function: ({ city }: { city: string }) => `rain in ${city}`,
    };
    const runner = helpers(scene).runTools({
      ...body,
      messages: [...body.messages],
      tools: [{ type: 'function', function: weather }],
    } as never); // each major names its own type of a tool
    return [await runner.finalContent(), runner.messages.map((message: { role: string }) => message.role)];
  }),
  behaviour(11, 'pages of a list', async (client) => {
    const page = await client.models.list();
    return [page.data.length, page.hasNextPage(), (await collect(page)).map((each) => each.id)];
  }),
  behaviour(
    12,
    'an upload and a download',
    async (client) => {
      const file = await client.files.create({ file: new File(['{"a":1}\n'], 'a.jsonl'), purpose: 'batch' });
      return [file.filename, file.bytes, await (await client.files.content(file.id)).text()];
    },
    { base: { ownFetch: true } },
  ),
  behaviour(12, 'a binary answer', async (client) => {
    const speech = await client.audio.speech.create({ model: 'tts-1', voice: 'alloy', input: 'Hello' });
    return [...new Uint8Array(await speech.arrayBuffer())];
  }),
  behaviour(12, 'client.post() and client.get()', async (client) => [
    await client.post('/chat/completions', { body }),
    await client.get('/models'),
  ]),
  behaviour(12, 'withOptions()', async (client) => client.withOptions({ timeout: 5000 }).chat.completions.create(body)),
  behaviour(
    13,
    'the error of a missing model',
    async (client) => client.chat.completions.create({ ...body, model: 'no-such-model' }),
    { ends: 'badly' },
  ),
  behaviour(
    13,
    'the error of a missing message',
    async (client) => client.chat.completions.create({ ...body, messages: [] }),
    { ends: 'badly' },
  ),
  behaviour(
    15,
    'a slow body after quick headers',
    async (client, { provider }) => {
      provider.fault({ kind: 'slowBody', delayMs: 2000 });
      return client.chat.completions.create(body, { timeout: 1500 });
    },
    { once: 'an answer from the cache is not slow', ends: 'either way' },
  ),
  behaviour(
    19,
    'the headers of an answer',
    async (client) => responseHeaders((await client.chat.completions.create(body).withResponse()).response.headers),
    { once: 'a replay leaves out what belongs to a connection; test/e2e/caches.test.ts says what' },
  ),
];
