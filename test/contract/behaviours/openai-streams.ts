import type OpenAI from 'openai';
import { type Behaviour, collect, outcome, prompt, type Scene } from '../behaviour.js';
import { model } from '../stack.js';
import { body, helpers, sdk, showsOpenAI } from './openai-answers.js';

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

const streamed = (client: OpenAI) => client.chat.completions.create({ ...body, stream: true });

/** What openai's clients make of a stream. */
export const openAIStreams: readonly Behaviour[] = [
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
      provider.fault({ kind: 'hang', afterBytes: 1500 });
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
  behaviour(9, 'completions.stream()', async (_, scene) => {
    const helper = helpers(scene).stream(body);
    const events: string[] = [];
    helper.on('content', (delta) => events.push(delta));
    return [await helper.finalContent(), (await helper.finalChatCompletion()).choices, events];
  }),
  behaviour(9, 'responses.stream()', async (client) => {
    const helper = client.responses.stream({ model, input: prompt });
    const types: string[] = [];
    for await (const event of helper) types.push(event.type);
    return [(await helper.finalResponse()).output_text, types];
  }),
  behaviour(20, 'no chunk of usage that nobody asked for', async (client) => {
    const chunks = await collect(await streamed(client));
    return chunks.map((chunk) => [chunk.choices.length, 'usage' in chunk]);
  }),
  behaviour(20, 'the chunk of usage for those who ask', async (client) => {
    const chunks = await collect(
      await client.chat.completions.create({ ...body, stream: true, stream_options: { include_usage: true } }),
    );
    return chunks.map((chunk) => [chunk.choices.length, chunk.usage]);
  }),
];
