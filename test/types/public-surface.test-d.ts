import { createAnthropic } from '@ai-sdk/anthropic';
import { createOpenAI } from '@ai-sdk/openai';
import Anthropic from '@anthropic-ai/sdk';
import { ChatOpenAI } from '@langchain/openai';
import * as openTelemetry from '@opentelemetry/api';
import AnthropicZero from 'anthropic-0';
import {
  type BudgetAlert,
  type CallRecord,
  createGate,
  type Denial,
  denialOf,
  type Ledger,
  type NanoUsd,
  openFileLedger,
  type Report,
  usd,
} from 'farthing';
import OpenAI, { AzureOpenAI } from 'openai';
import OpenAIFour from 'openai-4';
import OpenAIFive from 'openai-5';
import OpenAISeven from 'openai-7';
import { describe, expectTypeOf, it } from 'vitest';

const gate = createGate();

describe('wrap', () => {
  it('answers the type that it was given', () => {
    expectTypeOf(gate.wrap(new OpenAI())).toEqualTypeOf<OpenAI>();
    expectTypeOf(gate.wrap(new AzureOpenAI())).toEqualTypeOf<AzureOpenAI>();
    expectTypeOf(gate.wrap(new OpenAIFive())).toEqualTypeOf<OpenAIFive>();
    expectTypeOf(gate.wrap(new OpenAISeven())).toEqualTypeOf<OpenAISeven>();
    expectTypeOf(gate.wrap(new Anthropic())).toEqualTypeOf<Anthropic>();
    expectTypeOf(gate.wrap(new AnthropicZero())).toEqualTypeOf<AnthropicZero>();
  });

  it('refuses a client that has no copies: openai 4 takes the fetch instead', () => {
    // @ts-expect-error it has no withOptions
    gate.wrap(new OpenAIFour());
    // @ts-expect-error not a client
    gate.wrap('openai');
  });
});

describe('fetch', () => {
  it('is taken by every client but openai 4, which types even the global fetch out', () => {
    expectTypeOf(gate.fetch).toEqualTypeOf<typeof globalThis.fetch>();
    new OpenAI({ fetch: gate.fetch });
    new Anthropic({ fetch: gate.fetch });
    createOpenAI({ fetch: gate.fetch });
    createAnthropic({ fetch: gate.fetch });
    new ChatOpenAI({ configuration: { fetch: gate.fetch } });
  });
});

describe('options', () => {
  it('makes request options of every client, and keeps those that it was given', () => {
    const made = gate.options({ maxCost: usd('0.02'), tags: { tenant: 'acme' } }, { timeout: 1000, maxRetries: 0 });
    expectTypeOf(made.timeout).toEqualTypeOf<number>();
    expectTypeOf(made.headers).toEqualTypeOf<Record<string, string>>();
    expectTypeOf(made).toExtend<OpenAI.RequestOptions>();
    expectTypeOf(made).toExtend<OpenAIFour.RequestOptions>();
    expectTypeOf(made).toExtend<Anthropic.RequestOptions>();
  });

  it('keeps the type of what is created with them', () => {
    const create = () =>
      gate
        .wrap(new OpenAI())
        .chat.completions.create({ model: 'gpt-5', messages: [], stream: true }, gate.options({ fresh: true }));
    expectTypeOf(create).returns.resolves.toExtend<AsyncIterable<OpenAI.ChatCompletionChunk>>();
  });

  it('refuses what is no option', () => {
    // @ts-expect-error an amount is made with usd()
    gate.options({ maxCost: '0.02' });
    // @ts-expect-error a tag is a string
    gate.options({ tags: { tenant: 7 } });
    // @ts-expect-error no such option
    gate.options({ maxPrice: usd('1') });
  });
});

describe('createGate', () => {
  it('takes every option', () => {
    createGate({
      budgets: [{ name: 'day', limit: usd('20'), per: 'day', by: 'tenant', onExhausted: 'clamp' }],
      cache: { by: 'tenant', allow: ['tool_calls'] },
      openTelemetry,
    });
    createGate({ cache: true, coalesce: true, mode: 'observe' });
  });

  it('refuses what is no option', () => {
    // @ts-expect-error a budget counts over a window
    createGate({ budgets: [{ name: 'day', limit: usd('20') }] });
    // @ts-expect-error no such window
    createGate({ budgets: [{ name: 'day', limit: usd('20'), per: 'year' }] });
    // @ts-expect-error no such mode
    createGate({ mode: 'watch' });
    // @ts-expect-error no such option
    createGate({ budget: [] });
  });

  it('takes a ledger that somebody else has opened', () => {
    expectTypeOf(openFileLedger).returns.resolves.toExtend<Ledger>();
  });
});

describe('the rest of the gate', () => {
  it('answers what the body of a run answers', () => {
    expectTypeOf(gate.run({ tags: { tenant: 'acme' } }, () => 7)).toEqualTypeOf<number>();
    expectTypeOf(gate.run({}, async () => 'text')).toEqualTypeOf<Promise<string>>();
  });

  it('gives each listener its own event', () => {
    gate.on('call', (record) => expectTypeOf(record).toEqualTypeOf<CallRecord>());
    gate.on('alert', (alert) => expectTypeOf(alert).toEqualTypeOf<BudgetAlert>());
    // @ts-expect-error no such event
    gate.on('called', () => {});
  });

  it('says unknown where a cost is unknown', () => {
    expectTypeOf<CallRecord['costNanoUsd']>().toEqualTypeOf<NanoUsd | null>();
    expectTypeOf(gate.call).returns.resolves.toEqualTypeOf<CallRecord | undefined>();
    expectTypeOf(gate.report).returns.toEqualTypeOf<Report>();
  });

  it('reads a denial out of anything that was thrown', () => {
    expectTypeOf(denialOf).parameter(0).toBeUnknown();
    expectTypeOf(denialOf).returns.toEqualTypeOf<Denial | undefined>();
  });
});
