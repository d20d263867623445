import { describe, expect, it } from 'vitest';
import { LocalError } from '../local-error.js';
import { createHandler } from './handle.js';
import { ended, said, scriptedHost } from './scripted-host.test-kit.js';

const chat = { model: 'tiny', messages: [{ role: 'user', content: 'secret words' }] };
const message = { ...chat, max_tokens: 9 };

function post(path: string, body: unknown, init: RequestInit = {}): Request {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return new Request(`http://local${path}`, { method: 'POST', body: text, ...init });
}

async function send(path: string, body: unknown, headers: Record<string, string> = {}) {
  const response = await createHandler(scriptedHost())(post(path, body, { headers }));
  const text = await response.text();
  return { status: response.status, text, json: JSON.parse(text) };
}

describe('routes', () => {
  it.each([
    ['/v1/chat/completions', chat],
    ['/any/base/url/chat/completions/', chat],
    ['/completions', { model: 'tiny', prompt: 'Once' }],
    ['/models/v1/embeddings', { model: 'tiny', input: 'Once' }],
    ['/v1/messages', message],
    ['/v1/messages/count_tokens', chat],
    ['/v1/messages?beta=true', message],
  ])('knows %s by its end', async (path, body) => {
    expect((await send(path, body)).status).toBe(200);
  });

  it.each([
    ['/v1/models', 'list'],
    ['/models/tiny', 'model'],
    ['/v1/models/org%2Fbig', 'model'],
    ['/v1/models/org/big', 'model'],
  ])('tells of models at %s', async (path, object) => {
    const response = await createHandler(scriptedHost())(new Request(`http://local${path}`));
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ object });
  });

  it('tells of its health and its figures', async () => {
    const well = createHandler(scriptedHost());
    const ill = createHandler(scriptedHost({ ok: false }));
    expect(await (await well(new Request('http://local/health'))).json()).toEqual({
      status: 'ok',
      models: { tiny: 'ready', 'org/big': 'idle' },
    });
    expect((await ill(new Request('http://local/v1/health'))).status).toBe(503);
    const figures = await well(new Request('http://local/metrics'));
    expect(figures.headers.get('content-type')).toContain('text/plain; version=0.0.4');
    expect(await figures.text()).toContain('farthing_local_requests_total 3');
  });

  it('says what there is where there is nothing, and which method there is', async () => {
    const handler = createHandler(scriptedHost());
    const nothing = await handler(post('/v1/responses', {}));
    expect(nothing.status).toBe(404);
    expect(await nothing.json()).toEqual({
      error: {
        type: 'invalid_request_error',
        code: 'not_found',
        param: null,
        message: expect.stringContaining('/models'),
      },
    });
    const wrong = await handler(new Request('http://local/v1/messages'));
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'POST']);
    expect(await wrong.json()).toMatchObject({ type: 'error', error: { type: 'invalid_request_error' } });
    const gone = new Request('http://local/models/gone', { headers: { 'anthropic-version': '2023-06-01' } });
    expect(await (await handler(gone)).json()).toMatchObject({ type: 'error', error: { type: 'not_found_error' } });
  });
});

describe('a body', () => {
  it.each([
    ['no JSON', '{"model": "tiny", "secret words'],
    ['nothing', ''],
    ['no object', '"secret words"'],
    ['a wrong field', { ...chat, temperature: 'secret words' }],
    ['a wrong message', { ...chat, messages: [{ role: 'secret words', content: 'secret words' }] }],
    ['no UTF-8', new Uint8Array([0x22, 0xff, 0x22])],
  ])('that is %s is refused without quoting it', async (_, body) => {
    const request =
      body instanceof Uint8Array ? post('/chat/completions', '', { body }) : post('/chat/completions', body);
    const response = await createHandler(scriptedHost())(request);
    expect(response.status).toBe(400);
    expect(await response.text()).not.toContain('secret');
  });

  it.each(['/chat/completions', '/messages'])(
    'over the limit is refused at %s, told its length or not',
    async (path) => {
      const handler = createHandler(scriptedHost(), { bodyLimitBytes: 100 });
      const large = { ...message, padding: 'x'.repeat(100) };
      const told = await handler(post(path, large, { headers: { 'content-length': '190' } }));
      expect(told.status).toBe(413);
      const chunks = new ReadableStream<Uint8Array>({ pull: (to) => to.enqueue(new Uint8Array(64)) });
      const untold = await handler(post(path, '', { body: chunks, duplex: 'half' }));
      expect(untold.status).toBe(413);
      const type = path === '/messages' ? 'request_too_large' : 'invalid_request_error';
      expect(await untold.json()).toMatchObject({ error: { type } });
      expect((await handler(post(path, message))).status).toBe(200);
    },
  );

  it('may have fields that nobody knows', async () => {
    expect(
      (await send('/chat/completions', { ...chat, user: 'me', metadata: {}, whatever: [1], reasoning_effort: 'low' }))
        .status,
    ).toBe(200);
  });
});

describe('what can not be done', () => {
  const image = [{ type: 'image_url', image_url: { url: 'data:,' } }];
  it.each([
    ['/chat/completions', { n: 2 }, 'n'],
    ['/chat/completions', { store: true }, 'store'],
    ['/chat/completions', { audio: { voice: 'alloy' } }, 'audio'],
    ['/chat/completions', { modalities: ['text', 'audio'] }, 'modalities[1]'],
    ['/chat/completions', { messages: [{ role: 'user', content: image }] }, 'messages[0].content[0].type'],
    ['/chat/completions', { functions: [] }, 'functions'],
    ['/chat/completions', { top_logprobs: 2 }, 'top_logprobs'],
    ['/chat/completions', { logprobs: true, top_logprobs: 21 }, 'top_logprobs'],
    ['/chat/completions', { tool_choice: 'required' }, 'tool_choice'],
    ['/chat/completions', { tools: [{ type: 'custom', custom: { name: 'x' } }] }, 'tools[0].type'],
    ['/chat/completions', { max_tokens: 0 }, 'max_tokens'],
    ['/chat/completions', { stop: Array(17).fill('x') }, 'stop'],
    ['/chat/completions', { logit_bias: { word: 1 } }, 'logit_bias'],
    ['/completions', { prompt: [1, 2] }, 'prompt'],
    ['/completions', { prompt: ['a', 'b'] }, 'prompt'],
    ['/completions', { prompt: 'a', best_of: 2 }, 'best_of'],
    ['/completions', { prompt: 'a', echo: true }, 'echo'],
    ['/completions', { prompt: 'a', suffix: 'b' }, 'suffix'],
    ['/completions', { prompt: 'a', logprobs: 6 }, 'logprobs'],
    ['/embeddings', { input: [[1, 2]] }, 'input[0]'],
    ['/embeddings', { input: '' }, 'input'],
    ['/embeddings', { input: 'a', dimensions: 3 }, 'dimensions'],
  ])('at %s is refused by name: %j', async (path, fields, param) => {
    const { status, json } = await send(path, { ...chat, ...fields });
    expect([status, json.error.param]).toEqual([400, param]);
  });

  it.each([
    [{ messages: [{ role: 'user', content: [{ type: 'image', source: {} }] }] }, 'messages[0].content[0].type'],
    [{ max_tokens: undefined }, 'max_tokens'],
    [{ tools: [{ type: 'web_search_20250305', name: 'web_search' }] }, 'tools[0]'],
    [{ tool_choice: { type: 'tool', name: 'gone' } }, 'tool_choice'],
    [{ mcp_servers: [{ name: 'x' }] }, 'mcp_servers[0]'],
  ])('at /messages is refused by name: %j', async (fields, param) => {
    const { status, json } = await send('/messages', { ...message, ...fields });
    expect([status, json.error.type]).toEqual([400, 'invalid_request_error']);
    expect(json.error.message).toContain(param);
  });

  it('is a model that is not there', async () => {
    const { status, json } = await send('/chat/completions', { ...chat, model: 'gone' });
    expect([status, json.error.code, json.error.param]).toEqual([404, 'model_not_found', 'model']);
    expect(json.error.message).toContain('tiny, org/big');
  });
});

describe('a lane', () => {
  it('is passed on', async () => {
    const host = scriptedHost();
    await createHandler(host)(post('/chat/completions', chat, { headers: { 'x-lane': 'nightly_2-b' } }));
    expect(host.log.asks[0]).toMatchObject({ model: 'tiny', lane: 'nightly_2-b' });
  });

  it.each(['', 'two words', 'x'.repeat(65)])('is a plain word, not %j', async (lane) => {
    expect((await send('/embeddings', { model: 'tiny', input: 'a' }, { 'x-lane': lane })).status).toBe(400);
  });
});

describe('a failure', () => {
  it('before the first piece is a status, also of a stream, and says when to come again', async () => {
    const full = new LocalError('overloaded', 'The queue is full.', { retryAfterSeconds: 2.2 });
    for (const [path, type] of [
      ['/chat/completions', 'server_error'],
      ['/messages', 'overloaded_error'],
    ] as const) {
      for (const stream of [false, true]) {
        const response = await createHandler(scriptedHost({ pieces: [full] }))(post(path, { ...message, stream }));
        expect([response.status, response.headers.get('retry-after')]).toEqual([503, '3']);
        expect(await response.json()).toMatchObject({ error: { type, message: 'The queue is full.' } });
      }
    }
  });

  it('of something else is told without its text', async () => {
    const response = await createHandler(scriptedHost({ pieces: [new TypeError('secret words')] }))(
      post('/chat/completions', chat),
    );
    const text = await response.text();
    expect([response.status, text.includes('secret')]).toEqual([502, false]);
    expect(text).toContain('TypeError');
  });

  it.each(['/chat/completions', '/completions', '/messages'])(
    'of a stream at %s is an event and an end by error',
    async (path) => {
      const pieces = [said('One'), new LocalError('engine_crashed', 'It died.')];
      const body = { ...message, prompt: 'a', stream: true };
      const response = await createHandler(scriptedHost({ pieces }))(post(path, body));
      const texts: string[] = [];
      const reading = (async () => {
        for await (const bytes of response.body ?? []) texts.push(new TextDecoder().decode(bytes));
      })();
      await expect(reading).rejects.toThrow('It died.');
      expect(texts.at(-1)).toMatch(/data: \{.*"message":"It died\."/);
    },
  );

  it('is an answer without an end', async () => {
    const response = await createHandler(scriptedHost({ pieces: [said('One')] }))(post('/chat/completions', chat));
    expect(response.status).toBe(502);
  });
});

describe('a stream', () => {
  it('asks for a piece when its reader wants one, and never before', async () => {
    const host = scriptedHost({ pieces: [said('a'), said('b'), said('c'), ended()] });
    const response = await createHandler(host)(post('/chat/completions', { ...chat, stream: true }));
    const settled = () => new Promise((resolve) => setTimeout(resolve, 5));
    await settled();
    expect(host.log.pulled).toBe(1);
    const reader = response.body?.getReader();
    for (const pulled of [1, 2, 3, 4]) {
      await reader?.read();
      await settled();
      expect(host.log.pulled).toBe(pulled);
    }
    expect(await reader?.read()).toMatchObject({ done: true });
    expect(host.log.left).toBe(1);
  });

  it('that its reader leaves ends the work', async () => {
    const host = scriptedHost({ pieces: [said('a'), new Promise(() => {}), ended()] });
    const response = await createHandler(host)(post('/messages', { ...message, stream: true }));
    const reader = response.body?.getReader();
    await reader?.read();
    const waiting = reader?.read();
    await reader?.cancel();
    expect(await waiting).toMatchObject({ done: true });
    await expect.poll(() => [host.log.asks[0]?.signal.aborted, host.log.left]).toEqual([true, 1]);
  });

  it('ends by the reason that its request was aborted for', async () => {
    const abort = new AbortController();
    const host = scriptedHost({ pieces: [said('a'), new Promise(() => {}), ended()] });
    const request = post('/chat/completions', { ...chat, stream: true }, { signal: abort.signal });
    const reader = (await createHandler(host)(request)).body?.getReader();
    await reader?.read();
    const waiting = reader?.read();
    abort.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    expect(host.log.left).toBe(1);
  });

  it('that was aborted before its first piece is no response', async () => {
    const abort = new AbortController();
    const host = scriptedHost({ pieces: [new Promise(() => {}), ended()] });
    const ask = (stream: boolean) =>
      createHandler(host)(post('/chat/completions', { ...chat, stream }, { signal: abort.signal }));
    const answers = [ask(true), ask(false)];
    setTimeout(() => abort.abort(new Error('enough')), 1);
    for (const answer of [...answers, ask(true), ask(false)]) await expect(answer).rejects.toThrow('enough');
  });
});
