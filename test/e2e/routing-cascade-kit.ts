import type { Scripted } from '@farthing/testkit';
import type { CallRecord, CascadeOptions, GateOptions, RouteOptions } from 'farthing';
import OpenAI from 'openai';
import { expect } from 'vitest';
import { type sharedProvider, watchedGate } from './setup.js';

export const messages = [{ role: 'user' as const, content: 'The chain slips.' }];
export const pair = ['gpt-5-nano', 'gpt-5'];
export const three = ['gpt-5-nano', 'gpt-5-mini', 'gpt-5'];
export type CallOptions = Parameters<ReturnType<typeof watchedGate>['gate']['options']>[0];

/** Gates that are cascades, in front of a provider whose answers the test lays down. */
export function cascadesOver(shared: ReturnType<typeof sharedProvider>) {
  /** A gate whose calls go to the cheapest target first, with an OpenAI client in front of it. */
  function cascading(
    cascade: boolean | CascadeOptions = true,
    route: Partial<RouteOptions> = {},
    options: GateOptions = {},
  ) {
    const { gate, records, warnings } = watchedGate({
      routes: { 'gpt-5': { targets: pair, targetStrongShare: 0, cascade, ...route } },
      ...options,
    });
    const openai = gate.wrap(
      new OpenAI({ apiKey: 'sk-secret', baseURL: shared.provider.openaiBaseURL, maxRetries: 0 }),
    );
    return {
      gate,
      records,
      warnings,
      openai,
      ask: (body: object = {}, callOptions: CallOptions = {}, init: object = {}) =>
        openai.chat.completions.create(
          { model: 'gpt-5', messages, ...body, stream: false },
          gate.options(callOptions, init),
        ),
      /** What a stream says, and who says it. */
      read: async (body: object = {}) => {
        let [text, model] = ['', ''];
        for await (const chunk of await openai.chat.completions.create({
          model: 'gpt-5',
          messages,
          ...body,
          stream: true,
        })) {
          text += chunk.choices[0]?.delta.content ?? '';
          model = chunk.model;
        }
        await gate.idle();
        return { text, model };
      },
    };
  }
  const asked = (): unknown[] => shared.provider.requests.map(({ json }) => json?.['model']);
  const from = (model: string): Pick<Scripted, 'when'> => ({ when: ({ json }) => json['model'] === model });
  const nanoSays = (text: string): void => shared.provider.script({ ...from('gpt-5-nano'), text });

  /** A whole answer of the cheap target, of the test's own making. */
  function nanoAnswers(message: object, more: object = {}, finish = 'stop', times = 1): void {
    const body = {
      id: 'chatcmpl-1',
      object: 'chat.completion',
      created: 1,
      model: 'gpt-5-nano',
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: null, ...message },
          finish_reason: finish,
          logprobs: null,
          ...more,
        },
      ],
      usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 },
    };
    shared.provider.script({ ...from('gpt-5-nano'), body: JSON.stringify(body), times });
  }
  return { cascading, asked, from, nanoSays, nanoAnswers };
}

/** Each leg is booked by itself; what was saved is net of all of them. */
export function expectExact(record: CallRecord | undefined): void {
  const costs = record?.legs.map(({ cost }) => Number(((cost?.totalPicoUsd ?? 0n) + 500n) / 1000n)) ?? [];
  expect(record?.costNanoUsd).toBe(costs.reduce((sum, cost) => sum + cost, 0));
  expect(record?.listCostNanoUsd).toBe((record?.costNanoUsd ?? 0) + (record?.savedNanoUsd ?? 0));
}
