import { Agent, OpenAIProvider, Runner, tool } from '@openai/agents';
import OpenAI from 'openai';
import { z } from 'zod';
import { type Asking, maxTokens, model, type Stack } from '../stack.js';
import { optionsOf } from './openai.js';

const weather = tool({
  name: 'weather',
  description: 'the weather',
  parameters: z.object({ city: z.string() }),
  execute: ({ city }) => `rain in ${city}`,
});

/** Over Responses, a request takes headers of its own; over chat completions, it has no place for them. */
function agentsStack(name: string, api: 'chat' | 'responses'): Stack {
  return {
    name,
    family: 'agents',
    api,
    takesHeaders: api === 'responses',
    make: (base, gate) => {
      const bare = new OpenAI(optionsOf(base));
      const held = gate ? gate.wrap(bare) : bare;
      const runner = new Runner({
        modelProvider: new OpenAIProvider({ openAIClient: held as never, useResponses: api === 'responses' }), // it names its own copy of the client's type
        tracingDisabled: true,
      });
      const agentOf = ({ headers }: Asking = {}, own: object = {}) =>
        new Agent({
          name: 'support',
          model,
          modelSettings: { maxTokens, ...(headers && { providerData: { extraHeaders: headers } }) },
          ...own,
        });
      const signalOf = ({ signal }: Asking = {}) => (signal ? { signal } : {});
      return {
        held,
        ask: async (prompt, asking) =>
          String((await runner.run(agentOf(asking), prompt, signalOf(asking))).finalOutput),
        value: async (prompt) => {
          const { finalOutput, rawResponses, newItems } = await runner.run(agentOf(), prompt);
          return { finalOutput, rawResponses, newItems: newItems.map((item) => item.toJSON()) };
        },
        stream: async (prompt, { stop = false, onPiece, ...asking } = {}) => {
          const pieces: string[] = [];
          const result = await runner.run(agentOf(asking), prompt, { stream: true, ...signalOf(asking) });
          for await (const piece of result.toTextStream()) {
            pieces.push(String(piece));
            onPiece?.();
            if (stop) break;
          }
          if (!stop) await result.completed;
          return pieces;
        },
        streamEnd: async (prompt) => {
          const result = await runner.run(agentOf(), prompt, { stream: true });
          const types: string[] = [];
          for await (const event of result) types.push(event.type);
          return [types, result.finalOutput, result.rawResponses.map(({ usage }) => usage)];
        },
        structured: async (prompt) =>
          (await runner.run(agentOf({}, { outputType: z.object({ answer: z.string() }) }), prompt)).finalOutput,
        useTool: async (prompt) => {
          const result = await runner.run(agentOf({}, { tools: [weather] }), prompt);
          return [result.finalOutput, result.newItems.map(({ type }) => type)];
        },
      };
    },
  };
}

export const agentsStacks: readonly Stack[] = [
  agentsStack('@openai/agents 0.20, chat', 'chat'),
  agentsStack('@openai/agents 0.20, Responses', 'responses'),
];
