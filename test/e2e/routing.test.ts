import Anthropic from '@anthropic-ai/sdk';
import { denialOf, endpointEmbedder, type GateOptions, type RouteOptions, type RoutesOptions, usd } from 'farthing';
import OpenAI from 'openai';
import { describe, expect, it } from 'vitest';
import { chat, sharedProvider, watchedGate } from './setup.js';

const shared = sharedProvider();
const models = ['gpt-5-nano', 'gpt-5-mini', 'gpt-5'];
const cheap = (more: Partial<RouteOptions> = {}): RoutesOptions => ({
  'gpt-5': { targets: models, targetStrongShare: 0, ...more },
});
type CallOptions = Parameters<ReturnType<typeof watchedGate>['gate']['options']>[0];

/** A gate with an OpenAI client in front of the provider, and what of both is looked at. */
function routed(routes: RoutesOptions, options: GateOptions = {}) {
  const { gate, records, warnings } = watchedGate({ routes, ...options });
  const openai = gate.wrap(new OpenAI({ apiKey: 'sk-secret', baseURL: shared.provider.openaiBaseURL, maxRetries: 0 }));
  return {
    gate,
    records,
    warnings,
    openai,
    ask: (body: object = {}, callOptions: CallOptions = {}) =>
      openai.chat.completions.create(
        { model: 'gpt-5', messages: [{ role: 'user', content: 'The chain slips.' }], ...body, stream: false },
        gate.options(callOptions),
      ),
  };
}
const asked = (): unknown[] => shared.provider.requests.map(({ json }) => json?.['model']);

describe('a route', () => {
  it('sends to the strongest target by default, and to the cheapest by a share of 0', async () => {
    const strong = routed({ 'gpt-5': { targets: models } });
    await strong.ask();
    const weak = routed(cheap());
    await weak.ask();
    expect(asked()).toEqual(['gpt-5', 'gpt-5-nano']);
    expect(strong.records[0]).toMatchObject({
      route: { route: 'gpt-5', target: 'gpt-5', reason: 'share', strongShare: 1 },
      savedNanoUsd: 0,
      savedBy: undefined,
    });
    expect(weak.records[0]).toMatchObject({
      requestedModel: 'gpt-5',
      servedModel: 'gpt-5-nano',
      route: { chosen: 'gpt-5-nano', target: 'gpt-5-nano', barred: [], failed: [], score: undefined },
      savedBy: 'routed',
    });
  });

  it('changes nothing of a request but the model, to the last digit of a number', async () => {
    const { gate } = watchedGate({ routes: cheap() });
    const [url, init] = chat(shared.provider.openaiBaseURL);
    const body =
      '{"messages":[{"role":"user","content":"a \\"model\\": b"}], "seed":12345678901234567890, "model" : "gpt-5" }';
    await gate.fetch(url, { ...init, body });
    expect(shared.provider.requests[0]?.body.toString()).toBe(
      body.replace('"model" : "gpt-5"', '"model":"gpt-5-nano"'),
    );
  });

  it('leaves other models, embeddings and other dialects alone', async () => {
    const { ask, openai, gate, records } = routed({ ...cheap(), 'text-embedding-3-small': { targets: ['other'] } });
    await ask({ model: 'gpt-4.1-nano' });
    await openai.embeddings.create({ model: 'text-embedding-3-small', input: 'a' });
    const anthropic = gate.wrap(new Anthropic({ apiKey: 'sk', baseURL: shared.provider.url, maxRetries: 0 }));
    await anthropic.messages.create({ model: 'gpt-5', max_tokens: 20, messages: [{ role: 'user', content: 'a' }] });
    expect(asked()).toEqual(['gpt-4.1-nano', 'text-embedding-3-small', 'gpt-5']);
    expect(records.map(({ route }) => route)).toEqual([undefined, undefined, undefined]);
  });

  it('takes a virtual name, parameters of a target, and streams', async () => {
    const { openai, records, gate } = routed({
      auto: {
        targets: [
          { model: 'gpt-5', name: 'quick', params: { reasoning_effort: 'low', temperature: undefined } },
          'gpt-5',
        ],
        targetStrongShare: 0,
      },
    });
    const stream = openai.chat.completions.stream({
      model: 'auto',
      temperature: 1,
      messages: [{ role: 'user', content: 'Tell me of chains.' }],
    });
    expect((await stream.finalContent())?.length).toBeGreaterThan(10);
    await gate.idle();
    expect(shared.provider.requests[0]?.json).toMatchObject({ model: 'gpt-5', reasoning_effort: 'low', stream: true });
    expect(shared.provider.requests[0]?.json).not.toHaveProperty('temperature');
    expect(records[0]).toMatchObject({ stream: true, route: { target: 'quick' }, legs: [{ requestedModel: 'gpt-5' }] });
  });

  it('routes Anthropic’s messages, whole and streamed', async () => {
    const { gate, records } = watchedGate({
      routes: { 'claude-opus-4-5': { targets: ['claude-haiku-4-5', 'claude-opus-4-5'], targetStrongShare: 0 } },
    });
    const anthropic = gate.wrap(new Anthropic({ apiKey: 'sk-secret', baseURL: shared.provider.url }));
    const body = { model: 'claude-opus-4-5', max_tokens: 30, messages: [{ role: 'user' as const, content: 'Hi' }] };
    expect((await anthropic.messages.create(body)).model).toBe('claude-haiku-4-5');
    expect((await anthropic.messages.stream(body).finalMessage()).model).toBe('claude-haiku-4-5');
    await gate.idle();
    expect(records.map(({ savedBy }) => savedBy)).toEqual(['routed', 'routed']);
  });

  it('can be changed while the gate runs', async () => {
    const { ask, gate } = routed({});
    await ask();
    gate.update({ routes: cheap() });
    await ask();
    expect(asked()).toEqual(['gpt-5', 'gpt-5-nano']);
  });

  it('observes before it acts; a name that only it knows goes to the strongest', async () => {
    const { ask, records } = routed(
      { ...cheap(), auto: { targets: models, targetStrongShare: 0 } },
      { mode: 'observe' },
    );
    await ask();
    await ask({ model: 'auto' });
    expect(asked()).toEqual(['gpt-5', 'gpt-5']);
    expect(records).toMatchObject([
      { route: { chosen: 'gpt-5-nano', observed: true } },
      { route: { chosen: 'gpt-5-nano', target: 'gpt-5', observed: true } },
    ]);
  });
});

describe('what is refused at construction', () => {
  it.each<[string, RoutesOptions, RegExp]>([
    [
      'another dialect',
      { 'gpt-5': { targets: ['claude-haiku-4-5', 'gpt-5'] } },
      /expected `routes\['gpt-5'\]\.targets\[0\]` to speak 'openai' like the rest of its route, got 'claude-haiku-4-5', which speaks 'anthropic'\..*`dialect: 'openai'`/,
    ],
    [
      'another dialect’s host',
      { auto: { targets: ['gpt-5', { model: 'x', baseURL: 'https://api.anthropic.com' }] } },
      /targets\[0\]` to speak 'anthropic'/,
    ],
    ['two of one name', { auto: { targets: ['gpt-5', 'gpt-5'] } }, /unique names, got 'gpt-5' twice\. Give one/],
    ['no targets', { auto: { targets: [] } }, /`routes\.auto\.targets` to be an array with at least one target/],
    ['a URL that is none', { auto: { targets: [{ model: 'a', baseURL: 'localhost:8000' }] } }, /to be a URL such as/],
    ['a model in params', { auto: { targets: [{ model: 'a', params: { model: 'b' } }] } }, /without `model` and/],
    ['a price that is none', { auto: { targets: [{ model: 'a', price: {} }] } }, /targets\[0\]\.price\.input` to be/],
    ['a threshold alone', { auto: { targets: ['a'], threshold: 1 } }, /with a `scorer` for its `threshold`/],
  ])('%s', (_, routes, message) => {
    expect(() => watchedGate({ routes })).toThrow(message);
  });

  it('not a server that speaks more than one, where that is said', async () => {
    const baseURL = shared.provider.openaiBaseURL;
    const { ask } = routed({
      'gpt-5': {
        targets: [{ model: 'claude-haiku-4-5', baseURL, dialect: 'openai' }, 'gpt-5'],
        targetStrongShare: 0,
      },
    });
    await ask();
    expect(asked()).toEqual(['claude-haiku-4-5']);
  });
});

describe('constraints', () => {
  const image = { type: 'image_url', image_url: { url: 'https://example.com/a.png' } };
  const audio = { type: 'input_audio', input_audio: { data: 'AAAA', format: 'wav' } };
  const part = (one: object): object => ({ messages: [{ role: 'user', content: [{ type: 'text', text: 'a' }, one] }] });
  const tools = [{ type: 'function', function: { name: 'f', parameters: {} } }];
  const json_schema = { name: 'a', schema: { type: 'object', properties: {} } };

  it.each<[string, object, string]>([
    ['tools', { tools }, 'tools'],
    ['vision', part(image), 'vision'],
    ['audio', part(audio), 'audio'],
    ['schemas', { response_format: { type: 'json_schema', json_schema } }, 'jsonSchema'],
    ['choices', { n: 2 }, 'choices'],
  ])('%s are not asked of a target that can’t', async (_, body, constraint) => {
    const { ask, records } = routed(
      cheap({
        targets: [
          {
            model: 'gpt-5-nano',
            capabilities: { tools: false, vision: false, audio: false, jsonSchema: false, choices: false },
          },
          'gpt-5',
        ],
      }),
    );
    await ask(body);
    await ask();
    expect(asked()).toEqual(['gpt-5', 'gpt-5-nano']);
    expect(records[0]?.route).toMatchObject({ reason: 'only', barred: [{ target: 'gpt-5-nano', constraint }] });
  });

  it('audio needs a target that says so, or the model that was named', async () => {
    const { ask } = routed(cheap());
    await ask(part(audio));
    expect(asked()).toEqual(['gpt-5']);
  });

  it('streaming is asked of no target that can’t', async () => {
    const { openai, gate } = routed(
      cheap({ targets: [{ model: 'gpt-5-nano', capabilities: { streaming: false } }, 'gpt-5'] }),
    );
    const messages = [{ role: 'user' as const, content: 'a' }];
    for await (const _ of await openai.chat.completions.create({ model: 'gpt-5', messages, stream: true }));
    await gate.idle();
    expect(asked()).toEqual(['gpt-5']);
  });

  it('what does not fit into a window goes to a larger one, never to the cheap target', async () => {
    const targets = [{ model: 'small', contextWindow: 8000 }, 'gpt-5-mini', 'gpt-5'];
    const { ask, records } = routed(cheap({ targets }));
    const content = 'squeals loudly '.repeat(3000);
    await ask({ messages: [{ role: 'user', content }] });
    await ask({ max_completion_tokens: 7990 });
    await ask({ max_completion_tokens: 100 });
    expect(asked()).toEqual(['gpt-5-mini', 'gpt-5-mini', 'small']);
    expect(records[0]?.route?.barred).toMatchObject([{ target: 'small', constraint: 'contextWindow' }]);
  });

  it('what fits nowhere goes to the largest window', async () => {
    const { ask, records } = routed(
      cheap({
        targets: [
          { model: 'small', contextWindow: 1000 },
          { model: 'long', contextWindow: 6000 },
          { model: 'strong', contextWindow: 2000 },
        ],
      }),
    );
    await ask({ messages: [{ role: 'user', content: 'squeals loudly '.repeat(6000) }] });
    expect(asked()).toEqual(['long']);
    expect(records[0]?.route?.reason).toBe('no_fit');
  });
});

describe('what must not leave', () => {
  const eu = (): RoutesOptions =>
    cheap({
      targets: [
        { model: 'gpt-5-nano', region: 'us' },
        { model: 'gpt-5-mini', region: 'eu-west-1' },
        { model: 'gpt-5' },
      ],
    });

  it('stays in its region, by call, by run, by default and by rule', async () => {
    const { ask, gate } = routed(eu(), { rules: [{ where: { tenant: 'acme' }, residency: 'EU' }] });
    await ask({}, { residency: 'eu' });
    await gate.run({ residency: 'eu' }, () => ask());
    await ask({}, { tags: { tenant: 'acme' } });
    await ask({}, { tags: { tenant: 'other' } });
    const always = routed(eu(), { defaults: { residency: 'eu' } });
    await always.ask();
    expect(asked()).toEqual(['gpt-5-mini', 'gpt-5-mini', 'gpt-5-mini', 'gpt-5-nano', 'gpt-5-mini']);
  });

  it('is denied rather than leaked: by pin, by failure, by two regions at once, and off the routes', async () => {
    const { ask, gate, records } = routed(eu(), { rules: [{ where: { tenant: 'acme' }, residency: 'eu' }] });
    const denied = async (work: Promise<unknown>): Promise<unknown> => denialOf(await work.catch((error) => error));
    expect(await denied(ask({}, { residency: 'eu', pin: 'gpt-5-nano' }))).toMatchObject({
      code: 'residency',
      message: expect.stringMatching(/must stay in 'eu', and '127\.0\.0\.1:\d+' stands in 'us'/),
    });
    expect(await denied(ask({}, { residency: 'us', tags: { tenant: 'acme' } }))).toMatchObject({ code: 'residency' });
    expect(await denied(ask({ model: 'gpt-4.1-nano' }, { residency: 'eu' }))).toMatchObject({
      code: 'residency',
      message: expect.stringMatching(/a region that is not known.*`regions`/),
    });
    expect(asked()).toEqual([]);
    shared.provider.fault({ kind: 'status', status: 503 });
    await expect(ask({}, { residency: 'eu' })).rejects.toMatchObject({ status: 503 });
    expect(asked()).toEqual(['gpt-5-mini']);
    expect(records[0]).toMatchObject({ outcome: 'denied', route: { target: undefined } });
    const upload = { method: 'POST', headers: gate.options({ residency: 'eu' }).headers, body: 'secret' };
    expect((await gate.fetch(`${shared.provider.openaiBaseURL}/files`, upload)).status).toBe(402);
    expect(shared.provider.requests).toHaveLength(1);
  });

  it('may go to a host of its region, routed or not', async () => {
    const { ask } = routed({}, { regions: { '127.0.0.1': 'eu' } });
    await ask({}, { residency: 'eu' });
    expect(asked()).toEqual(['gpt-5']);
  });

  it('takes no answer from another’s cache entry, nor does a pinned call', async () => {
    const { ask } = routed(cheap(), { cache: true, regions: { '127.0.0.1': 'eu' } });
    await ask();
    await ask();
    await ask({}, { pin: 'gpt-5' });
    await ask({}, { residency: 'eu' });
    await ask({}, { pin: 'gpt-5' });
    expect(asked()).toEqual(['gpt-5-nano', 'gpt-5', 'gpt-5-nano']);
  });

  it('is not embedded behind a URL, nor when it is explained, and sends no redirect on', async () => {
    const baseURL = shared.provider.openaiBaseURL;
    const embedder = endpointEmbedder({
      model: 'text-embedding-3-small',
      baseURL,
      apiKey: 'k',
      dimensions: 8,
      threshold: 0.5,
    });
    const inits: (string | undefined)[] = [];
    const watched: typeof fetch = (input, init) => {
      inits.push(init?.redirect);
      return fetch(input, init);
    };
    const { ask, gate, records } = routed(cheap(), {
      fetch: watched,
      cache: { share: 'all', semantic: { embedder, random: () => 0.99 } },
      regions: { '127.0.0.1': 'eu' },
    });
    await ask({}, { residency: 'eu' });
    const explained = await gate.explain(
      ...chat(baseURL, { model: 'gpt-5' }, gate.options({ residency: 'eu', fresh: true }).headers),
    );
    expect(explained.semanticBar).toBe('residency');
    expect(asked()).toEqual(['gpt-5-nano']);
    expect(inits).toEqual(['error']);
    expect(records[0]?.cache).toContainEqual({ cache: 'semantic', outcome: 'bypassed', reason: 'residency' });
  });

  it('does not leave an air gap: no call, no fallback, no other request', async () => {
    const elsewhere = { model: 'gpt-5', baseURL: 'https://api.openai.com/v1', apiKey: 'k' };
    const { ask, openai, gate } = routed(cheap({ targets: [elsewhere, 'gpt-5-nano'] }), { airGapped: true });
    await ask();
    await ask({ model: 'gpt-4.1-nano' });
    expect(asked()).toEqual(['gpt-5-nano', 'gpt-4.1-nano']);
    const outside = gate.wrap(new OpenAI({ apiKey: 'k', baseURL: 'https://api.openai.com/v1', maxRetries: 0 }));
    const error = await outside.models.list().catch((thrown) => thrown);
    expect(denialOf(error)).toMatchObject({ code: 'residency', message: expect.stringMatching(/`airGapped`/) });
    expect((await openai.models.list()).data).toBeDefined();
  });
});

describe('the caller’s word', () => {
  it('pins a target, and is told which there are', async () => {
    const { ask, records } = routed(cheap());
    await ask({}, { pin: 'gpt-5-mini' });
    const error = await ask({}, { pin: 'gpt-6' }).catch((thrown) => thrown);
    expect(denialOf(error)).toMatchObject({
      code: 'no_target',
      message: expect.stringMatching(/'gpt-6'.*'gpt-5-nano', 'gpt-5-mini', 'gpt-5'/),
    });
    expect(asked()).toEqual(['gpt-5-mini']);
    expect(records[0]?.route?.reason).toBe('pinned');
  });

  it('a value sends up or down, by call, by rule, within thresholds', async () => {
    const rules = [{ where: { tier: 'free' }, value: 0.1 }];
    const high = routed(cheap(), { rules });
    await high.ask({}, { value: 5 });
    await high.ask({}, { value: 1 });
    const low = routed({ 'gpt-5': { targets: models } }, { rules });
    await low.ask({}, { value: 0.5 });
    await low.ask({}, { tags: { tier: 'free' } });
    await low.ask({}, { tags: { tier: 'free' }, value: 1 });
    expect(asked()).toEqual(['gpt-5', 'gpt-5-nano', 'gpt-5-nano', 'gpt-5-nano', 'gpt-5']);
    expect(high.records[0]?.route).toMatchObject({ reason: 'high_value', value: 5 });
  });

  it('steps down as a budget runs out, whatever the value', async () => {
    const { ask, records } = routed(
      { 'gpt-5': { targets: models, stepDownBelow: 0.5 } },
      { budgets: [{ name: 'day', limit: usd('0.002'), per: 'day' }] },
    );
    shared.provider.script({ usage: { prompt_tokens: 10, completion_tokens: 150, total_tokens: 160 } });
    const body = { max_completion_tokens: 150 };
    await ask(body, { value: 9 });
    await ask(body, { value: 9 });
    expect(asked()).toEqual(['gpt-5', 'gpt-5-nano']);
    expect(records[1]?.route).toMatchObject({ reason: 'budget_low', budgetLeft: expect.closeTo(0.24, 1) });
  });

  it('a scorer of one’s own sends up from its threshold on, and never sees a system prompt', async () => {
    const seen: string[] = [];
    const score = ({ turn }: { turn: string }): number => {
      seen.push(turn);
      if (turn === 'throw') throw new Error('mine');
      return turn.length;
    };
    const { ask, records, warnings } = routed(cheap({ scorer: { evidence: 'learned', score }, threshold: 10 }));
    const turns = (content: string): object => ({
      messages: [
        { role: 'system', content: 'A very long system prompt.' },
        { role: 'user', content },
        { role: 'assistant', content: 'So?' },
        { role: 'user', content: 'And now a much longer question than before.' },
      ],
    });
    await ask(turns('short'));
    await ask(turns('quite a long one'));
    await ask(turns('throw'));
    expect(asked()).toEqual(['gpt-5-nano', 'gpt-5', 'gpt-5-nano']);
    expect(seen).toEqual(['short', 'quite a long one', 'throw']);
    expect(records[1]?.route).toMatchObject({ reason: 'score', score: 16, threshold: 10 });
    expect(warnings.join()).toMatch(/callback_error: `scorer` of route 'gpt-5' threw Error/);
  });
});

describe('a conversation', () => {
  it('stays on its target, while the share holds over all', async () => {
    const { ask } = routed(cheap({ targets: ['gpt-5-nano', 'gpt-5'], targetStrongShare: 0.3 }));
    const first: unknown[] = [];
    for (let index = 0; index < 60; index++) {
      const opening = { role: 'user', content: `Question ${index}` };
      const answer = await ask({ messages: [opening] });
      const more = await ask({
        messages: [opening, { role: 'assistant', content: 'a' }, { role: 'user', content: 'b' }],
      });
      expect(more.model).toBe(answer.model);
      first.push(answer.model);
    }
    const strong = first.filter((model) => model === 'gpt-5').length;
    expect(strong).toBeGreaterThan(8);
    expect(strong).toBeLessThan(30);
  });

  it('goes on where its provider keeps it', async () => {
    const { openai } = routed(cheap({ targets: ['gpt-5-nano', 'gpt-5'], targetStrongShare: 0.5 }));
    for (let index = 0; index < 12; index++) {
      let previous = await openai.responses.create({ model: 'gpt-5', input: `Question ${index}` });
      const { model } = previous;
      for (const input of ['More.', 'And more.']) {
        previous = await openai.responses.create({ model: 'gpt-5', input, previous_response_id: previous.id });
        expect(previous.model).toBe(model);
      }
    }
    expect(new Set(asked()).size).toBe(2);
  });

  it('is known by its id to the caller whose it is, and to no other', async () => {
    const { openai, gate, records } = routed(cheap());
    const { id } = await openai.responses.create({ model: 'gpt-5', input: 'Question' });
    const going = { model: 'gpt-5', input: 'More.', previous_response_id: id } as const;
    await openai.responses.create(going);
    await openai.withOptions({ apiKey: 'sk-of-somebody-else' }).responses.create(going);
    await gate.idle();
    const reasons = records.map(({ route }) => route?.reason);
    expect(reasons[1]).toBe('conversation');
    expect(reasons[2]).not.toBe('conversation');
  });
});

describe('the books', () => {
  it('each leg is priced as its target, and the report tells what routes saved', async () => {
    const usage = { prompt_tokens: 1000, completion_tokens: 1000, total_tokens: 2000 };
    const { ask, gate, records } = routed({
      ...cheap(),
      auto: {
        targets: [
          { model: 'own', price: { input: '1', output: '2' } },
          { model: 'big', price: { input: '3', output: '6' } },
        ],
        targetStrongShare: 0,
      },
    });
    shared.provider.script({ usage, times: 2 });
    await ask();
    await ask({ model: 'auto' });
    const [first, second] = records;
    // gpt-5: $1.25 and $10 for a million; gpt-5-nano: $0.05 and $0.40.
    expect(first).toMatchObject({ costNanoUsd: 450_000, listCostNanoUsd: 11_250_000, savedNanoUsd: 10_800_000 });
    expect(second).toMatchObject({ costNanoUsd: 3_000_000, listCostNanoUsd: 9_000_000, savedNanoUsd: 6_000_000 });
    const report = gate.report();
    expect(report.savedBy).toEqual({ exact: 0, coalesced: 0, semantic: 0, routed: 16_800_000, batch: 0 });
    expect(report.total).toMatchObject({ savedNanoUsd: 16_800_000, listNanoUsd: 20_250_000, paid: 2 });
    expect(report.hitRate).toBe(0);
  });

  it('a budget holds the bound of the target that was chosen', async () => {
    const { ask } = routed(cheap(), { budgets: [{ name: 'day', limit: usd('0.0005'), per: 'day' }] });
    await ask({ max_completion_tokens: 1000 });
    await expect(ask({ max_completion_tokens: 1000 }, { pin: 'gpt-5' })).rejects.toMatchObject({ status: 402 });
    expect(asked()).toEqual(['gpt-5-nano']);
  });

  it('explains without asking anyone', async () => {
    const { gate } = routed(
      cheap({
        targets: [
          { model: 'gpt-5-nano', region: 'us' },
          { model: 'gpt-5', region: 'eu' },
        ],
      }),
    );
    const explain = (options: CallOptions = {}) =>
      gate.explain(...chat(shared.provider.openaiBaseURL, { model: 'gpt-5' }, gate.options(options).headers));
    const plain = await explain();
    expect(plain).toMatchObject({
      model: 'gpt-5-nano',
      route: { chosen: 'gpt-5-nano', reason: 'share' },
      unsent: undefined,
    });
    const confined = await explain({ residency: 'eu' });
    expect(confined).toMatchObject({
      model: 'gpt-5',
      route: { reason: 'only', barred: [{ target: 'gpt-5-nano', constraint: 'residency' }] },
    });
    expect(confined.boundNanoUsd).toBeGreaterThan(10 * (plain.boundNanoUsd ?? Infinity));
    expect((await explain({ residency: 'mars' })).unsent).toMatch(/must stay in 'mars'/);
    expect(shared.provider.requests).toEqual([]);
  });

  it('audits of a routed model ask the strongest', async () => {
    const { lexical } = await import('farthing');
    const { ask, gate, records } = routed(
      { auto: { targets: models, targetStrongShare: 0 } },
      { cache: { share: 'all', semantic: { embedder: lexical(), random: () => 0 } } },
    );
    await ask({ model: 'auto', messages: [{ role: 'user', content: 'How do I adjust the front brake?' }] });
    await ask({ model: 'auto', messages: [{ role: 'user', content: 'how do I adjust the front brake' }] });
    await gate.idle();
    expect(records.filter(({ purpose }) => purpose === 'audit')).toMatchObject([
      { route: { target: 'gpt-5', reason: 'audit' } },
    ]);
  });
});
