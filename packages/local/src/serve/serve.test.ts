import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, describe, expect, it } from 'vitest';
import { createHandler, type Handler } from '../surface/handle.js';
import { ended, said, scriptedHost } from '../surface/scripted-host.test-kit.js';
import { type RunningServer, type ServeOptions, serve } from './serve.js';

const token = 'a-token-of-this-test';
const opened: RunningServer[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((served) => served.close()));
});

async function open(handler: Handler, options: Partial<ServeOptions> = {}): Promise<RunningServer> {
  const served = await serve(handler, { port: 0, token, closeAfterMs: 100, ...options });
  opened.push(served);
  return served;
}

const chat = JSON.stringify({ model: 'tiny', messages: [{ role: 'user', content: 'Hi' }], stream: true });

function ask({ url }: RunningServer, path: string, init: RequestInit = {}, key = token): Promise<Response> {
  return fetch(url + path, { ...init, headers: { authorization: `Bearer ${key}`, ...init.headers } });
}

/** The status of a request with headers that `fetch` does not let through. */
function statusOf({ port }: RunningServer, headers: Record<string, string>, path = '/v1/models', method = 'GET') {
  return new Promise<number | undefined>((resolve, reject) => {
    httpRequest({ port, host: '127.0.0.1', path, method, headers }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on('error', reject)
      .end();
  });
}

describe('a token', () => {
  it('is needed for all but /health, as a bearer or as an API key', async () => {
    const served = await open(createHandler(scriptedHost()));
    expect((await fetch(`${served.url}/health`)).status).toBe(200);
    expect((await ask(served, '/v1/models')).status).toBe(200);
    expect((await fetch(`${served.url}/v1/models`, { headers: { 'x-api-key': token } })).status).toBe(200);
    for (const path of ['/v1/models', '/metrics', '/v1/nothing', '/v1/models/health', '/v1/models?/health']) {
      expect([path, (await fetch(served.url + path)).status]).toEqual([path, 401]);
    }
    for (const path of [
      '/v1/models#/health',
      'http://local/health/../v1/models',
      '/health/../v1/models',
      '/v1/models?/health',
    ]) {
      expect([path, await statusOf(served, {}, path)]).toEqual([path, 401]);
    }
    expect((await fetch(`${served.url}/health`, { method: 'POST', body: 'x' })).status).toBe(401);
    for (const key of ['wrong', `${token}x`, token.toUpperCase()]) {
      expect((await ask(served, '/v1/models', {}, key)).status).toBe(401);
    }
  });

  it('is refused in the shape of the client that asks', async () => {
    const served = await open(createHandler(scriptedHost()));
    const openai = await ask(served, '/v1/chat/completions', { method: 'POST', body: chat }, 'wrong');
    expect(await openai.json()).toMatchObject({ error: { type: 'authentication_error', code: 'unauthorized' } });
    const anthropic = await ask(served, '/v1/messages', { method: 'POST', body: chat }, 'wrong');
    expect(await anthropic.json()).toMatchObject({ type: 'error', error: { type: 'authentication_error' } });
  });

  it('is made where none is given, and has to be worth something', async () => {
    const handler = createHandler(scriptedHost());
    const served = await serve(handler, { port: 0 });
    opened.push(served);
    expect(served.token).toMatch(/^[\w-]{43}$/);
    expect((await ask(served, '/v1/models', {}, served.token)).status).toBe(200);
    for (const weak of ['', 'short', 'with spaces in it, many']) {
      await expect(serve(handler, { port: 0, token: weak })).rejects.toMatchObject({ param: 'token' });
    }
  });
});

describe('who asks', () => {
  it('has to call this machine by a name that is its own', async () => {
    const served = await open(createHandler(scriptedHost()), { allowedHosts: ['models.lan'] });
    const authorization = `Bearer ${token}`;
    const { port } = served;
    for (const host of [
      `localhost:${port}`,
      `127.0.0.1:${port}`,
      '127.0.0.1',
      `[::1]:${port}`,
      'models.lan',
      'LOCALHOST',
    ]) {
      expect([host, await statusOf(served, { authorization, host })]).toEqual([host, 200]);
    }
    for (const host of [
      'evil.example',
      `evil.example:${port}`,
      'localhost.evil.example',
      '127.0.0.1.evil.example',
      '192.168.0.9',
    ]) {
      expect([host, await statusOf(served, { authorization, host })]).toEqual([host, 403]);
      expect(await statusOf(served, { host }, '/health')).toBe(403);
    }
  });

  it('is no web page, unless its origin was allowed', async () => {
    const served = await open(createHandler(scriptedHost()), { allowedOrigins: ['http://localhost:3000'] });
    const authorization = `Bearer ${token}`;
    for (const origin of ['http://evil.example', 'null', 'http://localhost:3001']) {
      expect([origin, await statusOf(served, { authorization, origin })]).toEqual([origin, 403]);
      expect(await statusOf(served, { origin }, '/v1/models', 'OPTIONS')).toBe(403);
    }
    const origin = 'http://localhost:3000';
    const headers = { origin, authorization: `Bearer ${token}` };
    const allowed = await fetch(`${served.url}/v1/models`, { headers });
    expect([allowed.status, allowed.headers.get('access-control-allow-origin')]).toEqual([200, origin]);
    expect(await statusOf(served, { origin }, '/v1/models', 'OPTIONS')).toBe(204);
    expect(await statusOf(served, { origin })).toBe(401);
  });

  it('is on this machine, unless others were allowed', async () => {
    const handler = createHandler(scriptedHost());
    for (const host of ['0.0.0.0', '::', '192.168.0.9', 'example.com']) {
      await expect(serve(handler, { port: 0, host })).rejects.toMatchObject({ code: 'invalid_request', param: 'host' });
    }
    const served = await open(handler, { host: '0.0.0.0', allowRemote: true });
    expect(await statusOf(served, { authorization: `Bearer ${token}` })).toBe(200);
    const headers = { authorization: `Bearer ${token}`, host: 'evil.example' };
    expect(await statusOf(served, headers)).toBe(403);
  });
});

describe('a request', () => {
  it('comes whole, and its answer too, one after the other on one connection', async () => {
    const served = await open(async (request) => {
      const { pathname, search } = new URL(request.url);
      return Response.json({
        path: pathname + search,
        lane: request.headers.get('x-lane'),
        text: await request.text(),
      });
    });
    const text = 'é'.repeat(100_000);
    for (let turn = 0; turn < 3; turn += 1) {
      const response = await ask(served, '/v1/x?y=1', { method: 'POST', body: text, headers: { 'x-lane': 'low' } });
      expect(response.headers.get('connection')).toBe('keep-alive');
      expect(await response.json()).toEqual({ path: '/v1/x?y=1', lane: 'low', text });
    }
  });

  it('of a body that is too large gets to read why', async () => {
    const served = await open(createHandler(scriptedHost(), { bodyLimitBytes: 1_000 }));
    for (const size of [1_001, 5_000_000]) {
      const sized = await ask(served, '/v1/messages', { method: 'POST', body: 'x'.repeat(size) });
      expect(sized.status).toBe(413);
      expect(await sized.json()).toMatchObject({ error: { type: 'request_too_large' } });
      const body = new Blob(['x'.repeat(size)]).stream();
      const chunked = await ask(served, '/v1/messages', { method: 'POST', body, duplex: 'half' });
      expect(chunked.status).toBe(413);
      const refused = await ask(served, '/v1/messages', { method: 'POST', body: 'x'.repeat(size) }, 'wrong');
      expect(refused.status).toBe(401);
    }
    expect((await ask(served, '/v1/models')).status).toBe(200);
  });

  it('of a client that goes away while it asks fails, and nothing else', async () => {
    let failed: unknown;
    const served = await open(async (request) => {
      await request.text().catch((error: unknown) => {
        failed = error;
      });
      return new Response('ok');
    });
    const socket = connect(served.port, '127.0.0.1');
    socket.write(`POST / HTTP/1.1\r\nHost: localhost\r\nx-api-key: ${token}\r\nContent-Length: 100\r\n\r\nhalf`);
    setTimeout(() => socket.destroy(), 50);
    await expect.poll(() => failed).toBeInstanceOf(Error);
    expect((await ask(served, '/v1/models')).status).toBe(200);
  });
});

describe('a stream', () => {
  it('comes as it is made', async () => {
    let more: (value?: unknown) => void = () => {};
    const wait = new Promise((resolve) => {
      more = resolve;
    });
    const host = scriptedHost({ pieces: [said('first'), wait, said('second'), ended()] });
    const served = await open(createHandler(host));
    const response = await ask(served, '/v1/chat/completions', { method: 'POST', body: chat });
    let text = '';
    for await (const bytes of response.body ?? []) {
      text += new TextDecoder().decode(bytes);
      if (text.includes('first') && !text.includes('second')) more();
    }
    expect(text.endsWith('data: [DONE]\n\n')).toBe(true);
    expect(host.log.left).toBe(1);
  });

  it('whose client goes away ends the work', async () => {
    const host = scriptedHost({ pieces: [said('first'), new Promise(() => {}), ended()] });
    const served = await open(createHandler(host));
    const abort = new AbortController();
    const init = { method: 'POST', body: chat, signal: abort.signal };
    const response = await ask(served, '/v1/chat/completions', init);
    await response.body?.getReader().read();
    expect(host.log.asks[0]?.signal.aborted).toBe(false);
    abort.abort();
    await expect.poll(() => [host.log.asks[0]?.signal.aborted, host.log.left]).toEqual([true, 1]);
  });

  it('that was not begun ends, too, when its client goes away', async () => {
    const host = scriptedHost({ pieces: [new Promise(() => {}), ended()] });
    const served = await open(createHandler(host));
    const abort = new AbortController();
    const asked = ask(served, '/v1/chat/completions', { method: 'POST', body: chat, signal: abort.signal });
    await expect.poll(() => host.log.asks.length).toBe(1);
    abort.abort();
    await expect(asked).rejects.toThrow();
    await expect.poll(() => [host.log.asks[0]?.signal.aborted, host.log.left]).toEqual([true, 1]);
  });

  it('that was not begun ends, too, behind a handler that copies its requests', async () => {
    const host = scriptedHost({ pieces: [new Promise(() => {}), ended()] });
    const handler = createHandler(host);
    const served = await open((request) => handler(new Request(request)));
    const abort = new AbortController();
    const asked = ask(served, '/v1/chat/completions', { method: 'POST', body: chat, signal: abort.signal });
    await expect.poll(() => host.log.asks.length).toBe(1);
    setFlagsFromString('--expose-gc');
    const collect: unknown = runInNewContext('gc');
    for (let turn = 0; turn < 5; turn += 1) {
      if (typeof collect === 'function') collect();
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    abort.abort();
    await expect(asked).rejects.toThrow();
    await expect.poll(() => [host.log.asks[0]?.signal.aborted, host.log.left]).toEqual([true, 1]);
  });

  it('that fails tells its failure, and breaks', async () => {
    const host = scriptedHost({ pieces: [said('first'), new Error('secret'), ended()] });
    const served = await open(createHandler(host));
    const response = await ask(served, '/v1/chat/completions', { method: 'POST', body: chat });
    let text = '';
    const reading = (async () => {
      for await (const bytes of response.body ?? []) text += new TextDecoder().decode(bytes);
    })();
    await expect(reading).rejects.toThrow();
    expect(text).toMatch(/first[\s\S]*data: \{"error":\{/);
  });

  /** A stream without end that counts what was taken of it, and a client that reads nothing. */
  async function unread(options: Partial<ServeOptions>) {
    const seen = { bytes: 0, cancelled: false };
    const chunk = new Uint8Array(64 * 1024);
    const served = await open(async () => {
      const pull = (to: ReadableStreamDefaultController<Uint8Array>) => {
        seen.bytes += chunk.byteLength;
        to.enqueue(chunk);
      };
      const cancel = () => {
        seen.cancelled = true;
      };
      return new Response(new ReadableStream<Uint8Array>({ pull, cancel }, { highWaterMark: 0 }));
    }, options);
    const socket = connect(served.port, '127.0.0.1').on('error', () => {});
    socket.write(`GET /x HTTP/1.1\r\nHost: localhost\r\nx-api-key: ${token}\r\n\r\n`);
    socket.pause();
    return { seen, socket };
  }

  it('goes no faster than its client reads', async () => {
    const { seen, socket } = await unread({});
    await expect.poll(() => seen.bytes).toBeGreaterThan(0);
    let before = -1;
    const settled = () => {
      const still = seen.bytes === before;
      before = seen.bytes;
      return still;
    };
    await expect.poll(settled, { interval: 100, timeout: 4_000 }).toBe(true);
    // What fits into the buffers of two sockets, and no more.
    expect(seen.bytes).toBeLessThan(64 * 1024 * 1024);
    socket.resume();
    await expect.poll(() => seen.bytes).toBeGreaterThan(before);
    socket.destroy();
    await expect.poll(() => seen.cancelled).toBe(true);
  });

  it('that its client does not take is cut off', async () => {
    const { seen, socket } = await unread({ stallMs: 50 });
    await expect.poll(() => seen.cancelled, { timeout: 4_000 }).toBe(true);
    socket.destroy();
  });
});

describe('closing', () => {
  it('lets what runs end, and takes nothing more', async () => {
    let more: (value?: unknown) => void = () => {};
    const wait = new Promise((resolve) => {
      more = resolve;
    });
    const host = scriptedHost({ pieces: [said('first'), wait, said('last'), ended()] });
    const served = await open(createHandler(host), { closeAfterMs: 5_000 });
    const response = await ask(served, '/v1/chat/completions', { method: 'POST', body: chat });
    const closed = served.close();
    await expect(ask(served, '/v1/models')).rejects.toThrow();
    more();
    expect(await response.text()).toContain('last');
    await closed;
  });

  it('ends what does not end by itself', async () => {
    const host = scriptedHost({ pieces: [said('first'), new Promise(() => {}), ended()] });
    const served = await open(createHandler(host), { closeAfterMs: 20 });
    const response = await ask(served, '/v1/chat/completions', { method: 'POST', body: chat });
    await served.close();
    await expect(response.text()).rejects.toThrow();
    await expect.poll(() => host.log.left).toBe(1);
    await served.close();
  });
});

it('says that its port is taken', async () => {
  const { port } = await open(createHandler(scriptedHost()));
  await expect(serve(createHandler(scriptedHost()), { port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
});
