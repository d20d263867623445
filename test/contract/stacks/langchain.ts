import { HumanMessage, type ToolMessage } from '@langchain/core/messages';
import { tool } from '@langchain/core/tools';
import { ChatOpenAI } from '@langchain/openai';
import { z } from 'zod';
import { type Asking, maxTokens, model, type Stack } from '../stack.js';

const weather = tool(({ city }: { city: string }) => `rain in ${city}`, {
  name: 'weather',
  description: 'the weather',
  schema: z.object({ city: z.string() }),
});

const callOptions = ({ headers, signal }: Asking = {}) => ({
  ...(headers && { options: { headers } }),
  ...(signal && { signal }),
});

/** A stream takes what the SDK is to know beside the rest, and leaves out `options`. */
const streamOptions = (asking: Asking): object => asking;

export const langChainStacks: readonly Stack[] = [
  {
    name: '@langchain/openai 1.5',
    family: 'langchain',
    api: 'chat',
    takesHeaders: true,
    make: ({ url, apiKey = 'sk-test', maxRetries = 0, ...base }, gate) => {
      const fetch = gate?.fetch ?? base.fetch;
      const held = new ChatOpenAI({
        model,
        apiKey,
        maxRetries,
        maxTokens,
        // Left out of the request, so that what the gate asks for on its own account has to be taken out again.
        streamUsage: false,
        ...(base.timeoutMs !== undefined && { timeout: base.timeoutMs }),
        configuration: {
          baseURL: `${url}/v1`,
          ...(fetch && { fetch }),
          ...(base.requestInit && { fetchOptions: base.requestInit }),
          ...(base.defaultHeaders && { defaultHeaders: base.defaultHeaders }),
        },
      });
      return {
        held,
        ask: async (prompt, asking) => String((await held.invoke(prompt, callOptions(asking))).content),
        value: async (prompt) => {
          const { content, tool_calls, usage_metadata, response_metadata } = await held.invoke(prompt);
          return { content, tool_calls, usage_metadata, response_metadata };
        },
        stream: async (prompt, { stop = false, onPiece, ...asking } = {}) => {
          const pieces: string[] = [];
          for await (const chunk of await held.stream(prompt, streamOptions(asking))) {
            pieces.push(JSON.stringify([chunk.content, chunk.usage_metadata, chunk.response_metadata]));
            onPiece?.();
            if (stop) break;
          }
          return pieces;
        },
        streamEnd: async (prompt) => {
          const told: unknown[] = [];
          for await (const { event, data } of held.streamEvents(prompt, { version: 'v2' }))
            told.push([event, data.output?.content, data.output?.usage_metadata]);
          return told;
        },
        structured: (prompt) => held.withStructuredOutput(z.object({ answer: z.string() })).invoke(prompt),
        useTool: async (prompt) => {
          const bound = held.bindTools([weather]);
          const question = new HumanMessage(prompt);
          const first = await bound.invoke([question]);
          const results: ToolMessage[] = [];
          for (const call of first.tool_calls ?? []) results.push(await weather.invoke({ ...call, type: 'tool_call' }));
          return [(await bound.invoke([question, first, ...results])).content, results.map(({ content }) => content)];
        },
      };
    },
  },
];
