import { setTimeout as sleep } from 'node:timers/promises';
import { createOpenAI } from '@ai-sdk/openai';
import { type Provider, startProvider } from '@farthing/testkit';
import { embedMany, embed as embedOne } from 'ai';
import { endpointEmbedder, type GateOptions, isBudgetExceeded, isOverloaded, usd } from 'farthing';
import OpenAI from 'openai';
import { describe, expect, it } from 'vitest';
import { sharedProvider, watchedGate } from './setup.js';

const shared = sharedProvider();
const model = 'text-embedding-3-small';
/** What the model costs, in pico-dollars per token. */
const rate = 20_000n;
const prices: GateOptions['prices'] = { [model]: { input: '0.02', output: '0' } };
const words = ['brake', 'chain', 'wheel', 'fork', 'saddle', 'pedal', 'spoke', 'tyre', 'bell', 'lamp'];
const texts = (count: number): string[] =>
  Array.from({ length: count }, (_, at) => `${`${words[at % words.length]} `.repeat(1 + (at % 7))}number ${at}`);

function batched(more: GateOptions = {}) {
  const watched = watchedGate({ embeddings: true, prices, ...more });
  const client = (apiKey = 'sk-secret'): OpenAI =>
    watched.gate.wrap(new OpenAI({ apiKey, baseURL: shared.provider.openaiBaseURL, maxRetries: 0 }));
  const openai = client();
  return {
    ...watched,
    client,
    openai,
    embed: (input: OpenAI.EmbeddingCreateParams['input'], more: object = {}, options: object = {}) =>
      openai.embeddings.create({ model, input, ...more }, watched.gate.options(options)),
  };
}
const bare = (): OpenAI => new OpenAI({ apiKey: 'sk-secret', baseURL: shared.provider.openaiBaseURL, maxRetries: 0 });
const inputsOf = (index: number): unknown => shared.provider.requests.at(index)?.json?.['input'];
const tokensBilled = (provider: Provider = shared.provider): number =>
  provider.billed.reduce((sum, { usage }) => sum + Number(usage['prompt_tokens']), 0);
const sum = (numbers: readonly (number | null | undefined)[]): number =>
  numbers.reduce<number>((all, each) => all + (each ?? Number.NaN), 0);
const errorOf = (work: Promise<unknown>): Promise<{ status?: number; message: string; name: string }> =>
  work.then(
    () => ({ message: 'no error', name: 'none' }),
    (error: { status?: number; message: string; name: string }) => error,
  );

describe('embeddings that are asked for at the same time', () => {
  it('travel as one request, and each caller gets what it would have had alone', async () => {
    const { embed, gate } = batched();
    const inputs: OpenAI.EmbeddingCreateParams['input'][] = [...texts(40), texts(3), [texts(2)[1] ?? '']];
    const alone = [];
    for (const input of inputs) alone.push(await bare().embeddings.create({ model, input }));
    shared.provider.reset();
    const together = await Promise.all(inputs.map((input) => embed(input)));
    expect(shared.provider.requests.length).toBe(1);
    const plain = (all: readonly OpenAI.CreateEmbeddingResponse[]) => all.map(({ usage: _, ...rest }) => rest);
    expect(plain(together)).toEqual(plain(alone));
    expect(together[40]?.data.map(({ index }) => index)).toEqual([0, 1, 2]);
    expect(sum(together.map(({ usage }) => usage.prompt_tokens))).toBe(tokensBilled());
    expect(gate.report().embeddings).toEqual({ calls: 42, requests: 1, splits: 0 });
  });

  it.each(['float', 'base64'] as const)('come back as %s, with status and headers of the answer', async (encoding) => {
    const { gate } = batched();
    const ask = (fetch: typeof globalThis.fetch, input: unknown): Promise<Response> =>
      fetch(`${shared.provider.openaiBaseURL}/embeddings`, {
        method: 'POST',
        headers: { authorization: 'Bearer sk-secret', 'content-type': 'application/json' },
        body: JSON.stringify({ model, input, encoding_format: encoding }),
      });
    const inputs = [texts(1)[0], texts(4), 'The bell rings.'];
    const alone: Response[] = [];
    for (const input of inputs) alone.push(await ask(fetch, input));
    shared.provider.reset();
    const together = await Promise.all(inputs.map((input) => ask(gate.fetch, input)));
    expect(shared.provider.requests.length).toBe(1);
    for (const [at, response] of together.entries()) {
      const text = await response.clone().text();
      // What came alone, and what came with others: read loosely, and compared.
      const [left, right] = (await Promise.all([response.json(), alone[at]?.json()])) as [object, object];
      expect({ ...left, usage: 0 }).toEqual({ ...right, usage: 0 });
      expect(response.headers.get('content-length')).toBe(String(Buffer.byteLength(text)));
      expect([response.status, response.statusText, response.url]).toEqual([200, 'OK', alone[at]?.url]);
      const named = (headers: Headers | undefined): string[] =>
        [...(headers?.keys() ?? [])].filter((name) => !name.startsWith('x-farthing'));
      expect(named(response.headers)).toEqual(named(alone[at]?.headers));
    }
    const ids = together.map(({ headers }) => headers.get('x-request-id'));
    expect(new Set(ids).size).toBe(1);
    expect(ids[0]).toMatch(/^req_/);
    expect(new Set(together.map(({ headers }) => headers.get('x-farthing-id'))).size).toBe(3);
  });

  it('may be asked for by any client', async () => {
    const { gate } = batched();
    const modelOver = (fetch: typeof globalThis.fetch) =>
      createOpenAI({ apiKey: 'sk', baseURL: shared.provider.openaiBaseURL, fetch }).textEmbeddingModel(model);
    const alone = await embedOne({ model: modelOver(fetch), value: 'text 3' });
    shared.provider.reset();
    const together = modelOver(gate.fetch);
    const [many, ...single] = await Promise.all([
      embedMany({ model: together, values: ['text 3', 'other'] }),
      ...texts(5).map((value) => embedOne({ model: together, value })),
      embedOne({ model: together, value: 'text 3' }),
    ]);
    expect(shared.provider.requests.length).toBe(1);
    expect(many.embeddings[0]).toEqual(alone.embedding);
    expect(single.at(-1)?.embedding).toEqual(alone.embedding);
  });

  it('may be lists of tokens, which travel apart from texts', async () => {
    const { embed } = batched();
    const inputs = [[1, 2, 3], [[4], [5, 6]], [7]] as const;
    const together = await Promise.all([...inputs.map((input) => embed(input as never)), embed('The bell.')]);
    expect(shared.provider.requests.map(({ json }) => json?.['input'])).toEqual([
      [[1, 2, 3], [4], [5, 6], [7]],
      'The bell.',
    ]);
    expect(together.map(({ usage }) => usage.prompt_tokens).slice(0, 3)).toEqual([3, 3, 1]);
    const alone = await bare().embeddings.create({ model, input: [[4], [5, 6]] });
    expect(together[1]).toEqual(alone);
  });

  it('go alone where nothing else is asked, byte for byte', async () => {
    const { gate, records } = batched();
    const body = `{ "model": "${model}",\n "input": "The bell rings." }`;
    const response = await gate.fetch(`${shared.provider.openaiBaseURL}/embeddings`, { method: 'POST', body });
    expect(response.status).toBe(200);
    expect(String(shared.provider.requests[0]?.body)).toBe(body);
    expect(records[0]?.stageMs).toHaveProperty('embeddingBatch');
  });

  it('gather behind a request that is under way', async () => {
    const { embed } = batched({ embeddings: { windowMs: 60_000 } });
    shared.provider.fault({ kind: 'slowBody', delayMs: 300 });
    const first = embed('first');
    while (shared.provider.requests.length === 0) await sleep(1);
    const others = [embed('a'), embed('b')];
    await sleep(5);
    await Promise.all([first, ...others, embed('c')]);
    expect(shared.provider.requests.map(({ json }) => json?.['input'])).toEqual(['first', ['a', 'b', 'c']]);
  });

  it('keep to the limits of the provider', async () => {
    const { embed } = batched({ embeddings: { maxInputs: 10, maxTokens: 100 } });
    await Promise.all(texts(25).map((_, at) => embed(at === 3 ? texts(12) : [`${at}`, 'b', 'c'])));
    const sizes = shared.provider.requests.map(({ json }) =>
      Array.isArray(json?.['input']) ? json['input'].length : 1,
    );
    expect(Math.max(...sizes.filter((size) => size !== 12))).toBeLessThanOrEqual(10);
    expect(sum(sizes)).toBe(24 * 3 + 12);
    shared.provider.reset();
    await Promise.all(['one', 'two', 'three'].map((text) => embed(`${text} `.repeat(30))));
    expect(shared.provider.requests.length).toBeGreaterThan(1);
  });

  it('are left alone where they are off, in observe mode, or asked for anew', async () => {
    for (const more of [
      { embeddings: false },
      { mode: 'observe' as const },
      { embeddings: { mode: 'observe' as const } },
    ]) {
      shared.provider.reset();
      const { embed } = batched(more);
      await Promise.all(['a', 'b'].map((text) => embed(text)));
      expect(shared.provider.requests.length).toBe(2);
    }
    shared.provider.reset();
    const { embed } = batched();
    await Promise.all(['a', 'b', 'c', 'd'].map((text, at) => embed(text, {}, { fresh: at < 2 })));
    expect(shared.provider.requests.length).toBe(3);
  });

  it('never cross parameters, credentials, headers or tenants', async () => {
    const { gate, client, embed } = batched({ cache: { by: 'tenant' } });
    const other = client('sk-other');
    await Promise.all([
      embed('a'),
      embed('b', { dimensions: 8 }),
      embed('c', { user: 'u' }),
      embed('d', { model: 'text-embedding-3-large' }),
      embed('e', { encoding_format: 'float' }),
      embed('f', {}, { tags: { tenant: 'acme' } }),
      other.embeddings.create({ model, input: 'g' }),
      client().embeddings.create({ model, input: 'h' }, { headers: { 'openai-organization': 'org' } }),
      client().embeddings.create({ model, input: 'i' }, { headers: { 'idempotency-key': 'k' } }),
      client().embeddings.create({ model, input: 'j' }, { query: { version: '1' } }),
      embed('k', {}, { lane: 'batch' }),
      embed('l'),
    ]);
    expect(shared.provider.requests.length).toBe(11);
    expect(shared.provider.requests.map(({ json }) => json?.['input'])).toContainEqual(['a', 'l']);
    expect(gate.report().total.calls).toBe(12);
  });

  it('go by what is sent, where a user says that keys are one account', async () => {
    const { client, embed } = batched({ credentialScope: () => 'mine' });
    const other = client('sk-rotated');
    await Promise.all([embed('a'), embed('b'), other.embeddings.create({ model, input: 'c' })]);
    expect(shared.provider.requests.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer sk-secret',
      'Bearer sk-rotated',
    ]);
  });

  it('of the gate itself travel together too', async () => {
    const { gate, records } = batched({
      cache: {
        share: 'all',
        semantic: {
          embedder: endpointEmbedder({
            baseURL: shared.provider.openaiBaseURL,
            apiKey: 'sk-own',
            model,
            dimensions: 64,
            threshold: 0.9,
          }),
          random: () => 0.99,
          embedTimeoutMs: 20_000,
        },
      },
    });
    const openai = gate.wrap(new OpenAI({ apiKey: 'sk-secret', baseURL: shared.provider.openaiBaseURL }));
    const ask = (content: string) =>
      openai.chat.completions.create({ model: 'gpt-4.1-nano', max_tokens: 9, messages: [{ role: 'user', content }] });
    await ask('Warm up.');
    await gate.idle();
    shared.provider.reset();
    await Promise.all(texts(6).map(ask));
    await gate.idle();
    expect(shared.provider.requests.filter(({ path }) => path.endsWith('/embeddings')).length).toBe(1);
    const own = records.filter(({ purpose }) => purpose === 'embedding').slice(1);
    expect(own.length).toBe(6);
    const billed = shared.provider.billed.find(({ api }) => api === 'embeddings')?.usage['prompt_tokens'];
    expect(sum(own.map(({ usage }) => usage?.inputTokens))).toBe(billed);
  });

  it('take one slot of a lane', async () => {
    const { embed, gate, records } = batched({ lanes: { limit: { min: 1, max: 1, start: 1 } } });
    await Promise.all(texts(20).map((text) => embed(text)));
    expect(shared.provider.requests.length).toBe(1);
    await gate.idle();
    expect(records.every(({ stageMs }) => 'lane' in stageMs)).toBe(true);
  });

  it('are all denied where the lane has no room for their request, and owe nothing', async () => {
    const { embed, gate, records } = batched({
      lanes: { limit: { min: 1, max: 1, start: 1 }, maxQueued: 0 },
      budgets: [{ name: 'all', limit: usd('1'), per: 'day' }],
    });
    shared.provider.fault({ kind: 'slowBody', delayMs: 300 });
    const first = embed('first', { dimensions: 8 });
    while (shared.provider.requests.length === 0) await sleep(1);
    const denied = await Promise.all(texts(3).map((text) => embed(text).catch(isOverloaded)));
    expect(denied).toEqual([true, true, true]);
    await first;
    await gate.idle();
    expect(records.map(({ denial, legs }) => [denial?.code, legs.length])).toEqual([
      ...Array(3).fill(['queue_full', 0]),
      [undefined, 1],
    ]);
    expect(await gate.balance('all')).toMatchObject({ spentNanoUsd: 20 * tokensBilled(), heldNanoUsd: 0 });
  });
});

describe('the money of embeddings that travel together', () => {
  it('is shared by the length of the texts, in every sum exactly', async () => {
    const { embed, gate, records } = batched({
      budgets: [{ name: 'tenants', limit: usd('1'), per: 'day', by: 'tenant' }],
    });
    await sleep(300); // the tokenizer is loaded with the first gate, and the provider here has loaded it too
    const inputs = texts(50);
    const answers = await Promise.all(
      inputs.map((input, at) => embed(input, {}, { tags: { tenant: at % 2 ? 'a' : 'b' }, maxCost: usd('0.01') })),
    );
    await gate.idle();
    expect(shared.provider.requests.length).toBe(1);
    const shares = answers.map(({ usage }) => usage.prompt_tokens);
    expect(sum(shares)).toBe(tokensBilled());
    shared.provider.reset();
    const alone = [];
    for (const input of inputs) alone.push((await bare().embeddings.create({ model, input })).usage.prompt_tokens);
    expect(shares).toEqual(alone);
    expect(records.map(({ usage }) => usage?.inputTokens).toSorted()).toEqual([...shares].toSorted());
    expect(records.every(({ legs }) => legs.length === 1)).toBe(true);
    const cost = records.reduce((all, { legs }) => all + (legs[0]?.cost?.totalPicoUsd ?? 0n), 0n);
    expect(cost).toBe(rate * BigInt(sum(shares)));
    expect(BigInt(sum(records.map(({ costNanoUsd }) => costNanoUsd)))).toBe(cost / 1000n);
    const spent = async (tenant: string): Promise<number> => (await gate.balance('tenants', tenant)).spentNanoUsd;
    expect((await spent('a')) + (await spent('b'))).toBe(sum(records.map(({ costNanoUsd }) => costNanoUsd)));
    expect((await gate.balance('tenants', 'a')).heldNanoUsd).toBe(0);
  });

  it('is each caller’s own: who has no budget left is denied, and the others go', async () => {
    const { embed } = batched({ budgets: [{ name: 'tenants', limit: usd('0.00001'), per: 'day', by: 'tenant' }] });
    const results = await Promise.all([
      ...texts(3).map((text) => embed(text, {}, { tags: { tenant: 'a' } })),
      embed('word '.repeat(3000), {}, { tags: { tenant: 'b' } }).catch((error: unknown) => isBudgetExceeded(error)),
    ]);
    expect(results[3]).toBe(true);
    expect(shared.provider.requests.length).toBe(1);
    expect(inputsOf(0)).toEqual(texts(3));
  });

  it('sums to the bill in what is booked too, where a token costs no whole nano-dollars', async () => {
    const { embed, gate, records } = batched({
      prices: { [model]: { input: '0.0125', output: '0' } },
      budgets: [{ name: 'all', limit: usd('1'), per: 'day' }],
    });
    await Promise.all(texts(41).map((text) => embed(text)));
    await gate.idle();
    const total = 12_500n * BigInt(tokensBilled());
    expect(records.reduce((all, { legs }) => all + (legs[0]?.cost?.totalPicoUsd ?? 0n), 0n)).toBe(total);
    expect(sum(records.map(({ costNanoUsd }) => costNanoUsd))).toBe(Number((total + 500n) / 1000n));
    expect((await gate.balance('all')).spentNanoUsd).toBe(Number((total + 500n) / 1000n));
    for (const { legs } of records)
      expect(Object.values(legs[0]?.cost?.parts ?? {}).reduce((all, part) => all + part, 0n)).toBe(
        legs[0]?.cost?.totalPicoUsd,
      );
  });

  it('of a bill in dollars is shared to the last pico-dollar', async () => {
    const { embed, gate, records } = batched();
    const vector = { object: 'embedding', embedding: [1] };
    const usage = { prompt_tokens: 100, total_tokens: 100, cost: 0.000001234567, prompt_time: 0.5 };
    const data = [2, 0, 1].map((index) => ({ ...vector, embedding: [index], index }));
    shared.provider.script({ body: JSON.stringify({ object: 'list', data, model, usage }) });
    const answers = await Promise.all(
      ['a', 'bb', 'a longer text'].map((text) => embed(text, { encoding_format: 'float' })),
    );
    await gate.idle();
    expect(answers.map(({ data: [item] }) => item)).toEqual(
      [0, 1, 2].map((at) => ({ ...vector, embedding: [at], index: 0 })),
    );
    expect(sum(answers.map((answer) => answer.usage.total_tokens))).toBe(100);
    expect(answers.map((answer) => answer.usage)).toEqual(
      answers.map(() => expect.objectContaining({ prompt_time: 0.5 })),
    );
    expect(records.reduce((all, { legs }) => all + (legs[0]?.cost?.totalPicoUsd ?? 0n), 0n)).toBe(1_234_567n);
  });
});

describe('errors among embeddings that travel together', () => {
  it('go to the one whose input is bad, and cost the others nothing', async () => {
    const { embed, gate, records } = batched({ embeddings: { maxInputTokens: 1e6 } });
    const long = 'word '.repeat(9000);
    const inputs = texts(64).with(20, long).with(21, '').with(50, long);
    const results = await Promise.all(inputs.map((input) => errorOf(embed(input))));
    for (const [at, { status, message }] of results.entries()) {
      if (![20, 21, 50].includes(at)) expect(status).toBeUndefined();
      else {
        const alone = await errorOf(bare().embeddings.create({ model, input: inputs[at] ?? '' }));
        expect([status, message]).toEqual([alone.status, alone.message]);
      }
    }
    await gate.idle();
    // One that is empty by itself; of 63 others, at most 2 log₂ 64 more for each of two.
    expect(gate.report().embeddings?.splits).toBeLessThanOrEqual(2 * 6 * 2);
    const ok = records.filter(({ httpStatus }) => httpStatus === 200);
    expect([ok.length, sum(ok.map(({ usage }) => usage?.inputTokens))]).toEqual([61, tokensBilled()]);
    expect(sum(records.filter(({ httpStatus }) => httpStatus === 400).map(({ costNanoUsd }) => costNanoUsd))).toBe(0);
  });

  it.each([401, 403, 404, 429, 500, 503])('of status %i are everyone’s, and nothing is split', async (status) => {
    const { embed, gate, records } = batched();
    shared.provider.fault({ kind: 'status', status, headers: { 'retry-after': '7' }, message: 'So it is.' });
    const { response } = await embed('to load it')
      .asResponse()
      .then(
        (response) => ({ response }),
        () => ({ response: undefined }),
      );
    expect(response).toBeUndefined();
    shared.provider.reset();
    shared.provider.fault({ kind: 'status', status, headers: { 'retry-after': '7' }, message: 'So it is.' });
    const errors = await Promise.all(texts(5).map((text) => errorOf(embed(text))));
    expect(errors.map((error) => [error.status, error.message])).toEqual(
      Array(5).fill([status, `${status} So it is.`]),
    );
    expect(errors.map((error) => Reflect.get(error, 'headers').get('retry-after'))).toEqual(Array(5).fill('7'));
    expect(shared.provider.requests.length).toBe(1);
    await gate.idle();
    expect(records.map(({ httpStatus, costNanoUsd }) => [httpStatus, costNanoUsd])).toEqual(Array(6).fill([status, 0]));
  });

  it('for what a text says are its own caller’s alone, who is the only one to see it quoted', async () => {
    const { embed } = batched();
    shared.provider.fault({
      kind: 'status',
      status: 403,
      times: 100,
      message: 'Your input was flagged: the secret of acme',
      when: ({ json }) => JSON.stringify(json['input']).includes('secret'),
    });
    const inputs = texts(6).with(2, 'the secret of acme');
    const results = await Promise.all(inputs.map((input) => errorOf(embed(input))));
    expect(results.map(({ status }) => status)).toEqual([undefined, undefined, 403, undefined, undefined, undefined]);
    expect(results.filter(({ message }) => message.includes('acme')).length).toBe(1);
  });

  it.each([
    ['breaks', { kind: 'status', status: 500 } as const],
    ['brings down', { kind: 'reset' } as const],
  ])('of a server that one input %s are over for the others with their next try', async (_, fault) => {
    const provider = await startProvider({ latencyMs: 40 });
    const { gate } = watchedGate({ embeddings: { windowMs: 2000 } });
    const openai = new OpenAI({ apiKey: 'sk', baseURL: provider.openaiBaseURL, maxRetries: 1, fetch: gate.fetch });
    const when = (asked: object): boolean => JSON.stringify(asked).includes('poison');
    provider.fault({ ...fault, times: 100, when });
    const inputs = texts(24).with(20, 'poison');
    const ended = await Promise.allSettled(inputs.map((input) => openai.embeddings.create({ model, input })));
    expect(ended.flatMap(({ status }, at) => (status === 'rejected' ? [at] : []))).toEqual([20]);
    expect(provider.requests.length).toBe(1 + 24);
    await provider.close();
  });

  it('of a body that came packed tell no length of it', async () => {
    const { gate } = batched({
      fetch: async () =>
        new Response('{"error":{"message":"Busy."}}', {
          status: 429,
          headers: { 'content-encoding': 'gzip', 'content-length': '17' },
        }),
    });
    const ask = (input: string): Promise<Response> =>
      gate.fetch(`${shared.provider.openaiBaseURL}/embeddings`, {
        method: 'POST',
        body: JSON.stringify({ model, input }),
      });
    for (const response of await Promise.all([ask('a'), ask('b')])) {
      expect([response.headers.get('content-encoding'), response.headers.get('content-length')]).toEqual([null, null]);
      expect(await response.json()).toEqual({ error: { message: 'Busy.' } });
    }
  });

  it('are no hostile answer’s to make: usage that is deeper than a stack leaves nobody without a word', async () => {
    const { embed, gate, records } = batched({ budgets: [{ name: 'all', limit: usd('1'), per: 'day' }] });
    const deep = (depth: number): string => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;
    const data = JSON.stringify([0, 1].map((index) => ({ object: 'embedding', embedding: [index], index })));
    for (const usage of [deep(3000), `{"prompt_tokens":30,"details":${deep(3000)}}`, deep(100_000)]) {
      shared.provider.script({ body: `{"object":"list","data":${data},"model":"${model}","usage":${usage}}` });
      const answers = await Promise.all(['a', 'b'].map((text) => errorOf(embed(text, { encoding_format: 'float' }))));
      expect(answers.length).toBe(2);
    }
    await gate.idle();
    expect(records.length).toBe(6);
    expect((await gate.balance('all')).heldNanoUsd).toBe(0);
  });

  it('are not made of a parameter that is nested too deeply to compare: such a call goes alone', async () => {
    const { gate } = batched();
    const body = `{"model":"${model}","input":"a","extra":${'['.repeat(9000)}${']'.repeat(9000)}}`;
    const asked = [1, 2].map(() => gate.fetch(`${shared.provider.openaiBaseURL}/embeddings`, { method: 'POST', body }));
    expect((await Promise.all(asked)).map(({ status }) => status)).toEqual([200, 200]);
    expect(shared.provider.requests.map((request) => String(request.body))).toEqual([body, body]);
  });

  it('of the network are everyone’s, before and behind the headers', async () => {
    const { embed, gate, records } = batched();
    for (const fault of [{ kind: 'reset' as const }, { kind: 'reset' as const, afterBytes: 40 }]) {
      shared.provider.reset();
      shared.provider.fault(fault);
      const errors = await Promise.all(texts(4).map((text) => errorOf(embed(text))));
      expect(errors.every(({ name }) => name !== 'none')).toBe(true);
      expect(shared.provider.requests.length).toBe(1);
    }
    await gate.idle();
    expect(records.map(({ costBasis }) => costBasis)).toEqual(Array(8).fill('assumed'));
  });

  it('teach how many a server takes at once', async () => {
    const { embed, gate } = batched();
    shared.provider.fault({
      kind: 'status',
      status: 413,
      times: 1000,
      when: ({ json }) => Array.isArray(json['input']) && json['input'].length > 8,
    });
    await Promise.all(texts(32).map((text) => embed(text)));
    const before = gate.report().embeddings?.splits ?? 0;
    expect(before).toBeGreaterThan(0);
    await Promise.all(texts(32).map((text) => embed(text)));
    expect(gate.report().embeddings?.splits).toBe(before);
  });

  it('never give one caller another’s vectors, and are paid for', async () => {
    const { embed, gate, records } = batched();
    const usage = { prompt_tokens: 30, total_tokens: 30 };
    const item = { object: 'embedding', embedding: [1], index: 0 };
    for (const data of [[item], [item, item], [item, { ...item, index: 2 }], [item, null]]) {
      shared.provider.reset();
      const { embed: ask, gate: own, records: told } = batched();
      shared.provider.script({ body: JSON.stringify({ object: 'list', data, model, usage }) });
      const errors = await Promise.all(['a', 'b'].map((text) => errorOf(ask(text, { encoding_format: 'float' }))));
      expect(errors.map(({ status }) => status)).toEqual([502, 502]);
      await own.idle();
      expect(sum(told.map((record) => record.usage?.inputTokens))).toBe(30);
      // Such a server is not asked for several again.
      await Promise.all(['a', 'b'].map((text) => ask(text, { encoding_format: 'float' })));
      expect(shared.provider.requests.length).toBe(3);
    }
    shared.provider.script({ body: '{"object":"list","error":{"message":"Busy."}}' });
    const strange = await Promise.all(['a', 'b'].map((text) => embed(text, { encoding_format: 'float' })));
    expect(strange.map((answer) => Reflect.get(answer, 'error'))).toEqual(Array(2).fill({ message: 'Busy.' }));
    await gate.idle();
    expect(records.map(({ costBasis }) => costBasis)).toEqual(['assumed', 'assumed']);
  });
});

describe('a caller who leaves', () => {
  it('before anything is sent takes its input along, and owes nothing', async () => {
    const { openai, embed, gate, records } = batched({ embeddings: { windowMs: 60_000 } });
    shared.provider.fault({ kind: 'slowBody', delayMs: 300 });
    const first = embed('first');
    while (shared.provider.requests.length === 0) await sleep(1);
    const leaving = new AbortController();
    const left = errorOf(openai.embeddings.create({ model, input: 'gone' }, { signal: leaving.signal }));
    const other = embed('other');
    await sleep(5);
    leaving.abort();
    expect((await left).name).toBe('Error');
    await Promise.all([first, other]);
    expect(shared.provider.requests.map(({ json }) => json?.['input'])).toEqual(['first', 'other']);
    await gate.idle();
    expect(records.map(({ outcome, costNanoUsd }) => [outcome, costNanoUsd === 0])).toContainEqual(['cancelled', true]);
  });

  it('under way does not end it for the others, and owes its own part', async () => {
    const { openai, embed, gate, records } = batched({ budgets: [{ name: 'all', limit: usd('1'), per: 'day' }] });
    shared.provider.fault({ kind: 'slowBody', delayMs: 300 });
    const leaving = new AbortController();
    const others = texts(6).map((text) => embed(text));
    const left = errorOf(openai.embeddings.create({ model, input: 'gone with the wind' }, { signal: leaving.signal }));
    while (shared.provider.requests.length === 0) await sleep(1);
    leaving.abort();
    expect((await left).message).toMatch(/abort/i);
    expect(shared.provider.billed.length).toBe(1); // by now the others still wait
    await Promise.all(others);
    await gate.idle();
    expect(shared.provider.requests.map(({ aborted }) => aborted)).toEqual([false]);
    expect(records.length).toBe(7);
    expect(sum(records.map(({ usage }) => usage?.inputTokens))).toBe(tokensBilled());
    expect((await gate.balance('all')).spentNanoUsd).toBe(20 * tokensBilled());
  });

  it('last ends the request', async () => {
    const { openai, gate, records } = batched();
    shared.provider.fault({ kind: 'hang' });
    const leaving = new AbortController();
    const calls = texts(5).map((input) =>
      errorOf(openai.embeddings.create({ model, input }, { signal: leaving.signal })),
    );
    while (shared.provider.requests.length === 0) await sleep(1);
    leaving.abort();
    await Promise.all(calls);
    await shared.provider.requests[0]?.done;
    expect(shared.provider.requests.map(({ aborted }) => aborted)).toEqual([true]);
    await gate.idle();
    expect(records.map(({ outcome, costBasis }) => [outcome, costBasis])).toEqual(
      Array(5).fill(['cancelled', 'assumed']),
    );
  });
});

describe('whatever comes', () => {
  /** Numbers that are the same in each run. */
  const random = (seed: number) => {
    let state = seed;
    return (below: number): number => {
      state = (state * 48_271) % 2_147_483_647;
      return state % below;
    };
  };

  it.each([1, 2, 3, 4, 5, 6, 7, 8])(
    'every caller gets its own vectors or its own error once, and the parts sum to the bill (%i)',
    async (seed) => {
      const next = random(seed * 7919);
      const provider = await startProvider({ latencyMs: 2 });
      const bills: number[] = [];
      const watched = watchedGate({
        // What the provider billed for answers that somebody still waited for.
        fetch: async (...request) => {
          const response = await fetch(...request);
          const text = await response.text();
          if (response.ok) bills.push(JSON.parse(text).usage.prompt_tokens);
          return new Response(text, response);
        },
        embeddings: { windowMs: next(3), maxInputs: 5 + next(40), maxTokens: 200 + next(3000) },
        prices,
        budgets: [{ name: 'all', limit: usd('100'), per: 'day' }],
      });
      const openai = watched.gate.wrap(new OpenAI({ apiKey: 'sk', baseURL: provider.openaiBaseURL, maxRetries: 0 }));
      const reference = new OpenAI({ apiKey: 'sk', baseURL: provider.openaiBaseURL, maxRetries: 0 });
      const inputOf = (at: number): OpenAI.EmbeddingCreateParams['input'] => {
        const text = (): string => `${words[next(words.length)]} ${'x y '.repeat(next(20))}${at}.${next(1000)}`;
        const kind = next(20);
        if (kind === 0) return '';
        if (kind === 1) return [[1, -5]];
        if (kind < 5) return Array.from({ length: 1 + next(4) }, () => [next(1000), next(1000)]);
        if (kind < 10) return Array.from({ length: 1 + next(6) }, text);
        return text();
      };
      const calls = Array.from({ length: 120 }, (_, at) => ({
        input: inputOf(at),
        dimensions: [8, 16][next(2)] ?? 8,
        leaves: next(8) === 0 ? next(12) : undefined,
        waits: next(4) === 0 ? next(15) : 0,
      }));
      const ended = await Promise.all(
        calls.map(async ({ input, dimensions, leaves, waits }) => {
          if (waits > 0) await sleep(waits);
          const leaving = new AbortController();
          if (leaves !== undefined) setTimeout(() => leaving.abort(), leaves);
          return openai.embeddings.create({ model, input, dimensions }, { signal: leaving.signal }).then(
            (answer) => ({ answer, error: undefined }),
            (error: { status?: number; message: string }) => ({ answer: undefined, error }),
          );
        }),
      );
      await watched.gate.idle();
      const { records } = watched;
      expect(records.length).toBe(120);
      expect(new Set(records.map(({ id }) => id)).size).toBe(120);
      // Of a request that nobody waited for any more, no bill is known: its callers' parts stand at their bounds.
      const known = records.filter(({ costBasis }) => costBasis !== 'assumed');
      expect(known.length).toBeGreaterThan(90);
      const shares = sum(known.map(({ usage }) => usage?.inputTokens ?? 0));
      expect(shares).toBe(sum(bills));
      const spent = (await watched.gate.balance('all')).spentNanoUsd;
      expect(spent).toBe(sum(records.map(({ costNanoUsd }) => costNanoUsd)));
      expect(spent).toBeGreaterThanOrEqual(20 * shares);
      for (const [at, { answer, error }] of ended.entries()) {
        const call = calls[at];
        if (!call || (error && error.status === undefined)) {
          expect(call?.leaves).toBeDefined();
          continue;
        }
        const alone = await reference.embeddings.create({ model, input: call.input, dimensions: call.dimensions }).then(
          ({ data }) => ({ data, status: undefined }),
          ({ status }: { status: number }) => ({ data: undefined, status }),
        );
        expect({ data: answer?.data, status: error?.status }).toEqual(alone);
      }
      await provider.close();
    },
  );
});
