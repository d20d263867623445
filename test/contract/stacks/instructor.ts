import Instructor from '@instructor-ai/instructor';
import type OpenAI from 'openai';
import { z } from 'zod/v3';
import { maxTokens, model, type Stack } from '../stack.js';
import { openAI4, openAIClient } from './openai.js';

/** Its own way to ask; its generics name another zod, and it answers a stream with partial objects. */
type Create = (
  body: object,
  options?: object,
) => Promise<Record<string, unknown> & AsyncIterable<Record<string, unknown>>>;

const asked = (prompt: string) => ({
  model,
  max_tokens: maxTokens,
  messages: [{ role: 'user', content: prompt }],
  response_model: { schema: z.object({ answer: z.string() }), name: 'Answer' },
});

export const instructorStacks: readonly Stack[] = [
  {
    name: '@instructor-ai/instructor 1.7',
    family: 'instructor',
    api: 'chat',
    takesHeaders: true,
    make: (base, gate) => {
      const client = Instructor({ client: openAI4(base, gate?.fetch) as never, mode: 'TOOLS' }); // it names openai 4.47's types
      const create: Create = (body, options) => (client.chat.completions.create as unknown as Create)(body, options); // see `Create`
      return {
        // What has no `response_model` it passes on to the SDK.
        ...openAIClient(client as unknown as OpenAI),
        ask: async (prompt, asking) => String((await create(asked(prompt), asking))['answer']),
        value: (prompt) => create(asked(prompt)),
        structured: (prompt) => create(asked(prompt)),
        stream: async (prompt, { stop = false, onPiece, ...asking } = {}) => {
          const pieces: string[] = [];
          for await (const partial of await create({ ...asked(prompt), stream: true }, asking)) {
            pieces.push(JSON.stringify(partial));
            onPiece?.();
            if (stop) break;
          }
          return pieces;
        },
      };
    },
  },
];
