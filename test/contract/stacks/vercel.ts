import { createAnthropic } from '@ai-sdk/anthropic';
import { createOpenAI } from '@ai-sdk/openai';
import { generateObject, generateText, stepCountIs, streamText, tool } from 'ai';
import { z } from 'zod';
import { type Base, claude, maxTokens, model, type Stack } from '../stack.js';

type Model = Exclude<Parameters<typeof generateText>[0]['model'], string>;
type ProviderSettings = { readonly apiKey: string; readonly fetch?: typeof globalThis.fetch };

const weather = tool({
  description: 'the weather',
  inputSchema: z.object({ city: z.string() }),
  execute: async ({ city }) => `rain in ${city}`,
});

function vercelStack(
  name: string,
  api: Stack['api'],
  modelOf: (url: string, settings: ProviderSettings & { readonly headers?: Record<string, string> }) => Model,
): Stack {
  return {
    name,
    family: 'vercel',
    api,
    takesHeaders: true,
    make: (base, gate) => {
      const fetch = gate?.fetch ?? base.fetch;
      const held = modelOf(base.url, {
        apiKey: base.apiKey ?? 'sk-test',
        ...(fetch && { fetch }),
        ...(base.defaultHeaders && { headers: base.defaultHeaders }),
      });
      const settings = (
        prompt: string,
        { headers, signal }: { headers?: Base['defaultHeaders']; signal?: AbortSignal } = {},
      ) => ({
        model: held,
        prompt,
        maxRetries: base.maxRetries ?? 0,
        maxOutputTokens: maxTokens,
        ...(base.timeoutMs !== undefined && { timeout: base.timeoutMs }),
        ...(headers && { headers }),
        ...(signal && { abortSignal: signal }),
      });
      return {
        held,
        ask: async (prompt, asking) => (await generateText(settings(prompt, asking))).text,
        value: async (prompt) => {
          const { text, usage, finishReason, warnings, response } = await generateText(settings(prompt));
          const { modelId, messages, body } = response;
          return { text, usage, finishReason, warnings, modelId, messages, body };
        },
        stream: async (prompt, { stop = false, onPiece, ...asking } = {}) => {
          const pieces: string[] = [];
          const failures: unknown[] = [];
          const result = streamText({
            ...settings(prompt, asking),
            onError: ({ error }) => void failures.push(error),
            onAbort: () => void failures.push(new DOMException('aborted', 'AbortError')),
          });
          for await (const piece of result.textStream) {
            pieces.push(piece);
            onPiece?.();
            if (stop) break;
          }
          if (failures.length > 0) throw failures[0];
          return pieces;
        },
        streamEnd: async (prompt) => {
          const result = streamText(settings(prompt));
          const types: string[] = [];
          for await (const part of result.fullStream) types.push(part.type);
          return [types, await result.text, await result.usage, await result.finishReason];
        },
        structured: async (prompt) =>
          (await generateObject({ ...settings(prompt), schema: z.object({ answer: z.string() }) })).object,
        useTool: async (prompt) => {
          const { text, steps, totalUsage } = await generateText({
            ...settings(prompt),
            tools: { weather },
            stopWhen: stepCountIs(3),
          });
          return [
            text,
            totalUsage,
            steps.map(({ toolCalls, toolResults }) => [toolCalls.length, toolResults.map(({ output }) => output)]),
          ];
        },
      };
    },
  };
}

export const vercelStacks: readonly Stack[] = [
  vercelStack('Vercel AI SDK, OpenAI chat', 'chat', (url, settings) =>
    createOpenAI({ baseURL: `${url}/v1`, ...settings }).chat(model),
  ),
  vercelStack('Vercel AI SDK, OpenAI Responses', 'responses', (url, settings) =>
    createOpenAI({ baseURL: `${url}/v1`, ...settings }).responses(model),
  ),
  vercelStack('Vercel AI SDK, Anthropic', 'messages', (url, settings) =>
    createAnthropic({ baseURL: `${url}/v1`, ...settings })(claude),
  ),
];
