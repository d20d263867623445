import { setTimeout as sleep } from 'node:timers/promises';
import { createLocal, type Local, type LocalOptions, type ModelOptions } from '@farthing/local';
import { testModels } from '@farthing/testkit/gguf';
import OpenAI from 'openai';
import { afterAll, describe, expect, it } from 'vitest';
import { failureOf, metricOf, modelFolder, modelProcesses, until } from './local-kit.js';

const model = testModels(modelFolder());
const file = { file: model.path, threads: 1, contextTokens: 512, gpu: false } as const;
const opened: Local[] = [];
afterAll(async () => {
  await Promise.all(opened.map((each) => each.close()));
  expect(modelProcesses()).toEqual([]);
});

function open(models: Readonly<Record<string, Partial<ModelOptions>>>, more: Partial<LocalOptions> = {}) {
  const all = Object.entries(models).map(([name, each]) => [name, { ...file, ...each }]);
  const local = createLocal({ models: Object.fromEntries(all), trust: 'unsigned', ...more });
  opened.push(local);
  return { local, openai: new OpenAI({ apiKey: 'none', fetch: local.fetch, maxRetries: 0 }) };
}
const messages = [{ role: 'user' as const, content: 'Once upon a time' }];
/** An answer that is as long as it may be: its end is forbidden. */
const body = (name: string, max_tokens = 8) => ({ model: name, max_tokens, messages, logit_bias: { 2: -100 } });
const post = (local: Local, content: object, signal?: AbortSignal): Promise<Response> =>
  local.fetch('http://local/v1/chat/completions', {
    method: 'POST',
    body: JSON.stringify(content),
    ...(signal && { signal }),
  });

const { local, openai } = open(
  { one: {}, single: { slots: 1 }, brief: { idleUnloadMs: 30 }, twinA: {}, twinB: {} },
  { queue: { maxQueued: 100, maxWaitMs: 50_000 } },
);
const running = (name: string): unknown[] =>
  ['running', 'waiting'].map((each) => metricOf(local, each, `model="${name}"`));
const outcomes = (name: string, outcome: string): number =>
  metricOf(local, 'requests_total', `model="${name}",outcome="${outcome}"`) ?? 0;

describe('more requests than there is room for', () => {
  it('each get an answer or a word when to come back, and all are counted', async () => {
    await local.ready('one');
    const answers = await Promise.all(
      Array.from({ length: 10_000 }, async () => {
        const response = await post(local, body('one', 2));
        const json = (await response.json()) as { error?: { code: string }; usage?: { completion_tokens: number } };
        return { status: response.status, after: Number(response.headers.get('retry-after')), ...json };
      }),
    );
    const done = answers.filter(({ status }) => status === 200);
    const refused = answers.filter(({ status }) => status === 503);
    expect(done.length + refused.length).toBe(10_000);
    expect(done.length).toBeGreaterThanOrEqual(104); // its slots and those that waited
    for (const { usage } of done) expect(usage?.completion_tokens).toBe(2);
    for (const { error, after } of refused) {
      expect(error?.code).toBe('overloaded');
      expect(after).toBeGreaterThanOrEqual(1);
    }
    expect([outcomes('one', 'ok'), outcomes('one', 'refused')]).toEqual([done.length, refused.length]);
    expect(running('one')).toEqual([0, 0]);
    expect((await openai.chat.completions.create(body('one'))).usage?.completion_tokens).toBe(8);
  });

  it('answer all the same where every other one is aborted, running or waiting', async () => {
    const before = outcomes('one', 'ok');
    const controllers = Array.from({ length: 60 }, () => new AbortController());
    const asked = controllers.map(({ signal }, at) =>
      openai.chat.completions.create({ ...body('one', 60), seed: at }, { signal }).then(
        ({ usage }) => usage?.completion_tokens,
        (error: unknown) => error,
      ),
    );
    await until(() => Number(running('one')[0]) === 4);
    for (const controller of controllers.filter((_, at) => at % 2 === 0)) {
      controller.abort();
      await sleep(1);
    }
    const results = await Promise.all(asked);
    for (const [at, result] of results.entries()) {
      if (at % 2 === 1) expect(result).toBe(60);
      // One that had its answer before it was aborted keeps it.
      else expect(result === 60 || result instanceof OpenAI.APIUserAbortError).toBe(true);
    }
    expect(results.filter((result) => result instanceof OpenAI.APIUserAbortError).length).toBeGreaterThan(10);
    expect(running('one')).toEqual([0, 0]);
    expect(outcomes('one', 'ok') - before).toBe(results.filter((result) => result === 60).length);
    // All slots are free again: so many run at once as ever.
    const again = await Promise.all([1, 2, 3, 4].map(() => openai.chat.completions.create(body('one', 40))));
    for (const { usage } of again) expect(usage?.completion_tokens).toBe(40);
  });

  it('are not kept waiting by one that reads its answer slowly, or leaves it', async () => {
    const slow = await openai.chat.completions.create({ ...body('single', 100), stream: true });
    const iterator = slow[Symbol.asyncIterator]();
    await iterator.next();
    expect((await openai.chat.completions.create(body('single'))).usage?.completion_tokens).toBe(8);
    let pieces = 0;
    while (!(await iterator.next()).done) pieces += 1;
    expect(pieces).toBeGreaterThan(50);
    const left = await openai.chat.completions.create({ ...body('single', 400), stream: true });
    for await (const _ of left) break;
    expect((await openai.chat.completions.create(body('single'))).usage?.completion_tokens).toBe(8);
    expect(running('single')).toEqual([0, 0]);
  });
});

describe('a client whose time is up', () => {
  it('gets its own error, and its work ends', async () => {
    const hasty = new OpenAI({ apiKey: 'none', fetch: local.fetch, maxRetries: 0, timeout: 20 });
    const asked = [1, 2, 3, 4, 5, 6].map(() => failureOf(hasty.chat.completions.create(body('one', 480))));
    for (const failure of await Promise.all(asked)) expect(failure).toBeInstanceOf(OpenAI.APIConnectionTimeoutError);
    await until(() => running('one').every((count) => count === 0));
    expect((await openai.chat.completions.create(body('one'))).usage?.completion_tokens).toBe(8);
  });
});

describe('a model that is unloaded', () => {
  it('lets running requests end, and comes back when it is asked for', async () => {
    const answer = openai.chat.completions.create(body('one', 400));
    await until(() => running('one')[0] === 1);
    const unloaded = local.unload('one');
    expect((await answer).usage?.completion_tokens).toBe(400);
    await unloaded;
    expect(local.state('one')).toBe('idle');
    expect((await openai.chat.completions.create(body('one'))).usage?.completion_tokens).toBe(8);
    expect(local.state('one')).toBe('ready');
  });

  it('by force ends running and streamed requests with an error that says so', async () => {
    const whole = failureOf(openai.chat.completions.create(body('one', 450)));
    const stream = await openai.chat.completions.create({ ...body('one', 450), stream: true });
    const streamed = failureOf(
      (async () => {
        for await (const _ of stream);
      })(),
    );
    await local.unload('one', { force: true });
    expect(await whole).toMatchObject({ status: 503, code: 'shutting_down' });
    expect(await streamed).toMatchObject({ code: 'shutting_down' });
    expect(running('one')).toEqual([0, 0]);
    expect((await openai.chat.completions.create(body('one'))).usage?.completion_tokens).toBe(8);
  });

  it('by force while it loads fails those who wait for it, and loads anew', async () => {
    await local.unload('one');
    const asked = failureOf(openai.chat.completions.create(body('one')));
    await until(() => local.state('one') === 'loading');
    await local.unload('one', { force: true });
    expect(await asked).toMatchObject({ status: 503, code: 'shutting_down' });
    expect(local.state('one')).toBe('idle');
    const loading = local.ready('one');
    await until(() => local.state('one') === 'loading');
    // Gently: who waits for it gets it first.
    const unloaded = local.unload('one');
    expect(await loading).toMatchObject({ contextTokens: 512, slots: 4 });
    await unloaded;
    expect(local.state('one')).toBe('idle');
  });

  it('after nobody asked for a while has no process, and comes back', async () => {
    const before = modelProcesses();
    expect((await openai.chat.completions.create(body('brief'))).usage?.completion_tokens).toBe(8);
    await until(() => local.state('brief') === 'idle');
    expect(modelProcesses()).toEqual(before);
    expect((await openai.chat.completions.create(body('brief'))).usage?.completion_tokens).toBe(8);
  });

  it('is one of two of the same file, which load one after the other', async () => {
    const twins = ['twinA', 'twinB'] as const;
    const loaded = Promise.all(twins.map((name) => local.ready(name)));
    let isOver = false;
    loaded.finally(() => {
      isOver = true;
    });
    const seen = new Set<number>();
    while (!isOver) {
      seen.add(twins.filter((name) => local.state(name) === 'loading').length);
      await sleep(2);
    }
    expect(Math.max(...seen)).toBe(1);
    expect(twins.map((name) => local.state(name))).toEqual(['ready', 'ready']);
    await local.unload('twinA');
    // The other one does not mind.
    expect((await openai.chat.completions.create(body('twinB'))).usage?.completion_tokens).toBe(8);
  });
});

describe('closing', () => {
  it('ends what runs, waits and loads with an error each, and leaves no process', async () => {
    const before = modelProcesses();
    const other = open({ one: { slots: 2 }, next: {} });
    await other.local.ready('one');
    const streams = [1, 2].map(async () => {
      for await (const _ of await other.openai.chat.completions.create({ ...body('one', 450), stream: true }));
    });
    const streamed = streams.map(failureOf);
    const asked = ['one', 'one', 'one', 'next'].map((name) =>
      failureOf(other.openai.chat.completions.create(body(name, 450))),
    );
    await until(() => other.local.state('next') === 'loading');
    expect(metricOf(other.local, 'waiting', 'model="one"')).toBe(3);
    await other.local.close();
    for (const failure of await Promise.all(asked)) {
      expect(failure).toBeInstanceOf(OpenAI.InternalServerError);
      expect(failure).toMatchObject({ status: 503, code: 'shutting_down' });
    }
    for (const failure of await Promise.all(streamed)) expect(failure).toMatchObject({ code: 'shutting_down' });
    expect(modelProcesses()).toEqual(before);
    expect(await failureOf(other.openai.chat.completions.create(body('one')))).toMatchObject({ code: 'shutting_down' });
    await other.local.close();
  });
});
