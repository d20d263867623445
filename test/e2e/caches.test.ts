import { usd } from 'farthing';
import { describe, expect, it } from 'vitest';
import { chat, sharedProvider, watchedGate } from './setup.js';

const shared = sharedProvider();
type Watched = ReturnType<typeof watchedGate>;
const send = async (
  { gate }: Watched,
  body: object = {},
  options: Parameters<Watched['gate']['options']>[0] = {},
  headers: Record<string, string> = {},
): Promise<{ source: string | null; text: string; headers: Headers }> => {
  const response = await gate.fetch(
    ...chat(shared.provider.openaiBaseURL, body, { ...headers, ...gate.options(options).headers }),
  );
  return { source: response.headers.get('x-farthing-source'), text: await response.text(), headers: response.headers };
};

describe('the exact cache', () => {
  it('answers the same question again, however it is asked', async () => {
    const watched = watchedGate({ cache: true });
    const first = await send(watched, { user: 'u1', metadata: { a: '1' } });
    const plain = await send(watched, { user: 'u2' });
    const streamed = await send(watched, { stream: true });
    expect([first.source, plain.source, streamed.source]).toEqual(['provider', 'exact', 'exact']);
    expect(plain.text).toBe(first.text);
    expect(streamed.headers.get('content-type')).toMatch(/^text\/event-stream/);
    expect(streamed.text).toMatch(/data: \[DONE\]\n\n$/);
    expect(shared.provider.requests.length).toBe(1);
    expect(watched.gate.report()).toMatchObject({ hitRate: 2 / 3, total: { paid: 1, hits: { exact: 2 } } });
    expect(watched.records[1]?.savedNanoUsd).toBe(watched.records[0]?.costNanoUsd);
  });

  it('keeps the request id, and drops cookies, lengths and encodings', async () => {
    const watched = watchedGate({ cache: true });
    const first = await send(watched);
    const hit = await send(watched);
    expect(first.headers.get('set-cookie')).toContain('__cf_bm');
    expect(hit.headers.get('set-cookie')).toBeNull();
    expect(hit.headers.get('content-length')).toBeNull();
    expect(hit.headers.get('x-request-id')).toBe(first.headers.get('x-request-id'));
  });

  it.each([
    ['another message', { messages: [{ role: 'user', content: 'Other.' }] }],
    ['another temperature', { temperature: 0.2 }],
    ['other tools', { tools: [{ type: 'function', function: { name: 'x' } }] }],
    ['more answers', { n: 2 }],
    ['a format', { response_format: { type: 'json_object' } }],
    ['a field that nobody knows', { unknown_field: true }],
  ])('takes %s for another question', async (_, body) => {
    const watched = watchedGate({ cache: true });
    await send(watched);
    expect((await send(watched, body)).source).toBe('provider');
  });

  it('can be told for one call to ask anew, to keep nothing, or both', async () => {
    const watched = watchedGate({ cache: true });
    const sources = async (...all: object[]): Promise<(string | null)[]> => {
      const found = [];
      for (const cache of all) found.push((await send(watched, {}, { cache })).source);
      return found;
    };
    expect(await sources({ write: false }, { write: false }, {}, {})).toEqual([
      'provider',
      'provider',
      'provider',
      'exact',
    ]);
    shared.provider.script({ text: 'A newer answer.' });
    expect(await sources({ read: false }, { read: false, write: false }, {})).toEqual([
      'provider',
      'provider',
      'exact',
    ]);
    expect((await send(watched)).text).toContain('A newer answer.');
    expect(watched.records.map((record) => record.cache[0]?.reason)).toContain('skipped');
  });

  it.each([
    ['anthropic-beta', 'a', 'b'],
    ['openai-beta', 'a', 'b'],
    ['x-portkey-virtual-key', 'a', 'b'],
    ['cookie', 'a', 'b'],
    ['api-key', 'a', 'b'],
    ['openai-organization', 'a', 'b'],
  ])('never crosses %s', async (name, one, other) => {
    const watched = watchedGate({ cache: true, coalesce: true });
    const sources = await Promise.all([one, other].map((value) => send(watched, {}, {}, { [name]: value })));
    expect(sources.map(({ source }) => source)).toEqual(['provider', 'provider']);
    expect((await send(watched, {}, {}, { [name]: one })).source).toBe('exact');
  });

  it('keeps keys apart in every dialect, whichever header carries them', async () => {
    const answer = {
      type: 'message',
      model: 'claude-haiku-4-5',
      content: [{ type: 'text', text: 'x' }],
      stop_reason: 'end_turn',
      usage: { input_tokens: 1, output_tokens: 1 },
    };
    const { gate } = watchedGate({ cache: true, fetch: async () => Response.json(answer) });
    const body = JSON.stringify({ model: 'claude-haiku-4-5', max_tokens: 9, messages: [] });
    const sources: (string | null)[] = [];
    for (const name of ['api-key', 'x-api-key', 'authorization', 'x-goog-api-key'])
      for (const key of ['a', 'b', 'b']) {
        const init = { method: 'POST', headers: { [name]: key }, body };
        sources.push(
          (await gate.fetch('https://x.services.ai.azure.com/anthropic/v1/messages', init)).headers.get(
            'x-farthing-source',
          ),
        );
      }
    expect(sources).toEqual(Array(4).fill(['provider', 'provider', 'exact']).flat());
  });

  it('goes by the account that the user names where keys rotate', async () => {
    const watched = watchedGate({ cache: true, credentialScope: () => 'mine' });
    await send(watched, {}, {}, { authorization: 'Bearer one' });
    expect((await send(watched, {}, {}, { authorization: 'Bearer two' })).source).toBe('exact');
    const failing = watchedGate({
      cache: true,
      credentialScope: () => {
        throw new Error('mine');
      },
    });
    await send(failing, {}, {}, { authorization: 'Bearer one' });
    expect((await send(failing, {}, {}, { authorization: 'Bearer two' })).source).toBe('provider');
    expect(failing.warnings.join()).toMatch(/callback_error: `credentialScope` threw Error/);
  });

  it('does not ask which client, which trace and which attempt it was', async () => {
    const watched = watchedGate({ cache: true });
    await send(watched, {}, {}, { 'user-agent': 'a', traceparent: '00-1', 'x-stainless-retry-count': '0' });
    const again = { 'user-agent': 'b', traceparent: '00-2', 'x-stainless-retry-count': '1' };
    expect((await send(watched, {}, {}, again)).source).toBe('exact');
  });

  it('does not keep what was on its way when it was erased', async () => {
    const tags = { tenant: 'a' };
    const watched: Watched = watchedGate({
      cache: { by: 'tenant' },
      fetch: async (...all) => {
        await watched.gate.forget({ tags });
        return fetch(...all);
      },
    });
    await send(watched, {}, { tags });
    expect((await send(watched, {}, { tags })).source).toBe('provider');
    expect(() => watched.gate.forget({ tags: {} })).toThrow(
      /gate\.forget: expected `tags` to be an object with at least/,
    );
  });

  it('never crosses keys or tenants', async () => {
    const watched = watchedGate({ cache: { by: 'tenant' } });
    await send(watched, {}, { tags: { tenant: 'a' } });
    expect((await send(watched, {}, { tags: { tenant: 'b' } })).source).toBe('provider');
    expect((await send(watched)).source).toBe('provider');
    expect((await send(watched, {}, { tags: { tenant: 'a' } }, { authorization: 'Bearer another' })).source).toBe(
      'provider',
    );
    expect((await send(watched, {}, { tags: { tenant: 'a' } })).source).toBe('exact');
  });

  it.each([
    ['an error', { kind: 'status', status: 500 } as const, {}],
    ['half a JSON', { kind: 'truncate', afterBytes: 80 } as const, {}],
    ['a page of HTML', { kind: 'body', body: '<html>', contentType: 'text/html' } as const, {}],
    ['an error inside a stream', { kind: 'streamError', afterEvents: 2 } as const, { stream: true }],
  ])('does not keep %s', async (_, fault, body) => {
    const watched = watchedGate({ cache: true });
    shared.provider.fault(fault);
    await send(watched, body);
    expect((await send(watched, body)).source).toBe('provider');
    expect((await send(watched, body)).source).toBe('exact');
  });

  it('does not keep a stream that was broken off', async () => {
    const watched = watchedGate({ cache: true });
    shared.provider.fault({ kind: 'drip', delayMs: 1 });
    const response = await watched.gate.fetch(...chat(shared.provider.openaiBaseURL, { stream: true }));
    const reader = response.body?.getReader();
    await reader?.read();
    await reader?.cancel();
    await watched.gate.idle();
    expect((await send(watched, { stream: true })).source).toBe('provider');
  });

  it.each([
    [
      'tool calls',
      'tool_calls',
      {
        tools: [{ type: 'function', function: { name: 'x', parameters: { type: 'object' } } }],
        tool_choice: 'required',
      },
    ],
    ['state', 'stateful', { store: true }],
    ['hosted tools', 'hosted_tools', { tools: [{ type: 'web_search' }] }],
  ] as const)('leaves answers with %s alone, unless it may keep them', async (_, allowance, body) => {
    const careful = watchedGate({ cache: true });
    await send(careful, body);
    expect((await send(careful, body)).source).toBe('provider');
    const bold = watchedGate({ cache: { allow: [allowance] } });
    await send(bold, body);
    expect((await send(bold, body)).source).toBe('exact');
  });

  it('serves nothing stale, and counts from creation', async () => {
    let now = 1_000_000;
    const watched = watchedGate({ now: () => now, cache: { ttlMs: 1000 } });
    await send(watched);
    now += 900;
    expect((await send(watched)).source).toBe('exact');
    now += 200;
    expect((await send(watched)).source).toBe('provider');
  });

  it('stays within its bounds', async () => {
    const watched = watchedGate({ cache: { maxEntries: 2 } });
    for (const seed of [1, 2, 3]) await send(watched, { seed });
    expect((await send(watched, { seed: 1 })).source).toBe('provider');
    expect((await send(watched, { seed: 3 })).source).toBe('exact');
    const tiny = watchedGate({ cache: { maxBytes: 1500 } });
    await send(tiny);
    expect((await send(tiny)).source).toBe('provider');
  });

  it('asks anew for `fresh`, and forgets what it is told to', async () => {
    const watched = watchedGate({ cache: true });
    await send(watched, {}, { tags: { tenant: 'a' }, cache: { tags: ['prices'] } });
    expect((await send(watched, {}, { fresh: true })).source).toBe('provider');
    expect(await watched.gate.invalidate('other')).toBe(0);
    expect(await watched.gate.invalidate('prices')).toBe(1);
    expect((await send(watched, {}, { tags: { tenant: 'a' } })).source).toBe('provider');
    expect(await watched.gate.forget({ tags: { tenant: 'a' } })).toBe(1);
    expect((await send(watched)).source).toBe('provider');
  });
});

describe('coalescing', () => {
  it('keeps the values of its tag apart, also without a cache', async () => {
    const watched = watchedGate({ coalesce: { by: 'tenant' } });
    const both = ['a', 'b'].map((tenant) => send(watched, {}, { tags: { tenant } }));
    expect((await Promise.all(both)).map(({ source }) => source)).toEqual(['provider', 'provider']);
  });

  const at = (delayMs: number) => new Promise((resolve) => setTimeout(resolve, delayMs));

  it('sends equal calls once, and pays once', async () => {
    const watched = watchedGate({ coalesce: true, budgets: [{ name: 'all', limit: usd('1'), per: 'total' }] });
    shared.provider.fault({ kind: 'slowBody', delayMs: 60 });
    const answers = await Promise.all([send(watched), send(watched, { stream: true }), send(watched)]);
    expect(answers.map((answer) => answer.source).sort()).toEqual(['coalesced', 'coalesced', 'provider']);
    expect(shared.provider.requests.length).toBe(1);
    expect((await watched.gate.balance('all')).spentNanoUsd).toBe(
      watched.records.find((record) => record.source === 'provider')?.costNanoUsd,
    );
  });

  it('reads a shared stream on, whether or not its first caller does', async () => {
    const watched = watchedGate({ coalesce: true });
    shared.provider.fault({ kind: 'drip', delayMs: 0 });
    const unread = await watched.gate.fetch(...chat(shared.provider.openaiBaseURL, { stream: true }));
    const follower = await send(watched, { stream: true });
    expect(follower.source).toBe('coalesced');
    expect(await unread.text()).toBe(follower.text);
  });

  it('does not end a shared call when its first caller leaves; the last one does', async () => {
    const watched = watchedGate({ coalesce: true });
    shared.provider.fault({ kind: 'slowBody', delayMs: 80 });
    const [first, second] = [new AbortController(), new AbortController()];
    const [url, init] = chat(shared.provider.openaiBaseURL);
    const leader = watched.gate.fetch(url, { ...init, signal: first.signal }).then(
      () => 'answered',
      (error: Error) => error.name,
    );
    const follower = watched.gate.fetch(url, { ...init, signal: second.signal });
    await at(20);
    first.abort();
    expect(await leader).toBe('AbortError');
    expect((await follower).headers.get('x-farthing-source')).toBe('coalesced');

    shared.provider.reset();
    shared.provider.fault({ kind: 'hang' });
    const [third, fourth] = [new AbortController(), new AbortController()];
    const both = [third, fourth].map(({ signal }) =>
      watched.gate
        .fetch(url, { ...init, body: init.body.replace('50', '51'), signal })
        .catch((error: Error) => error.name),
    );
    await at(20);
    third.abort();
    await at(20);
    expect(shared.provider.requests[0]?.aborted).toBe(false);
    fourth.abort();
    expect(await Promise.all(both)).toEqual(['AbortError', 'AbortError']);
    await shared.provider.requests[0]?.done;
    expect(shared.provider.requests[0]?.aborted).toBe(true);
  });

  it('shares no failure: followers go on by themselves', async () => {
    const watched = watchedGate({ coalesce: true });
    shared.provider.fault({ kind: 'status', status: 500 });
    const answers = await Promise.all([send(watched), send(watched)]);
    expect(answers.map((answer) => answer.source)).toEqual(['provider', 'provider']);
    expect(shared.provider.requests.length).toBe(2);
    expect(answers.filter((answer) => answer.text.includes('choices')).length).toBe(1);
  });

  it('makes five votes five calls', async () => {
    const watched = watchedGate({ coalesce: true, cache: true });
    await Promise.all(Array.from({ length: 5 }, () => send(watched, {}, { fresh: true })));
    expect(shared.provider.requests.length).toBe(5);
  });
});
