import type { IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createHandler } from '../surface/handle.js';
import { ended, said, scriptedHost } from '../surface/scripted-host.test-kit.js';
import { type RunningServer, type ServeOptions, serve } from './serve.js';
import { urlOf } from './to-request.js';

const token = 'a-token-of-this-test';
const sockets: Socket[] = [];
let closeLast = async (): Promise<void> => {};
let served: RunningServer;
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await closeLast();
});

async function open(options: Partial<ServeOptions> = {}, host = scriptedHost()) {
  served = await serve(createHandler(host), { port: 0, token, closeAfterMs: 100, ...options });
  closeLast = served.close;
  return host;
}

/** What comes back for bytes that no client would send, up to its first blank line, or until the connection is closed. */
function raw(text: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(served.port, '127.0.0.1');
    sockets.push(socket);
    let came = '';
    socket.on('error', () => {});
    socket.on('close', () => resolve(came));
    socket.on('data', (bytes) => {
      came += bytes.toString('latin1');
      if (came.includes('\r\n\r\n')) resolve(came);
    });
    socket.write(text, 'latin1');
  });
}

const statusOf = async (text: string) => Number(/^HTTP\/1\.1 (\d+)/.exec(await raw(text))?.[1]);
const host = 'host: localhost\r\n';
const authorized = `authorization: Bearer ${token}\r\n`;

it.each([
  ['a:b@c:99999/health', '/'],
  ['a:@c:99999/health', '/'],
  ['a:99999', '/'],
  ['foo://evil.example', '/'],
  ['foo://evil.example/v1?a', '/v1?a'],
  ['*', '/'],
  ['//evil.example:99999/v1', '//evil.example:99999/v1'],
])('%s is asked of this server', (url, path) => {
  // Only what is asked for is read; some of these no parser lets through today.
  const { host, pathname, search } = urlOf({ url } as IncomingMessage);
  expect([host, pathname + search]).toEqual(['local', path]);
});

describe('without the token', () => {
  it.each([
    'http://evil.example/health/../v1/models',
    'http://evil.example?/health',
    'foo://@evil.example:99999/health',
    'javascript://x',
    '//v1/../health',
    '/v1%2f..%2fhealth',
    '/health;x',
    '/HEALTH',
    '/health/',
    '/\\evil.example/health',
  ])('nothing is told at %s', async (target) => {
    await open();
    expect(await statusOf(`GET ${target} HTTP/1.1\r\n${host}\r\n`)).toBe(401);
  });

  it.each([
    ['a second key', `GET /v1/models HTTP/1.1\r\n${host}authorization: Bearer x\r\n${authorized}\r\n`, 401],
    ['a key of other bytes', `GET /v1/models HTTP/1.1\r\n${host}authorization: Bearer \xff\xfe\r\n\r\n`, 401],
    ['no name at all', `GET /health HTTP/1.0\r\n\r\n`, 403],
    ['a name with a name in it', 'GET /health HTTP/1.1\r\nhost: evil.example@localhost\r\n\r\n', 403],
    ['an origin of nowhere', `GET /v1/models HTTP/1.1\r\n${host}${authorized}origin: null\r\n\r\n`, 403],
    ['two origins', `GET /v1/models HTTP/1.1\r\n${host}${authorized}origin: a\r\norigin: b\r\n\r\n`, 403],
    [
      'two lengths',
      `POST /v1/messages HTTP/1.1\r\n${host}${authorized}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
      400,
    ],
    ['a name that is a prototype', `GET /v1/models HTTP/1.1\r\n${host}__proto__: x\r\nconstructor: y\r\n\r\n`, 401],
  ])('nothing is told for %s', async (_, request, status) => {
    await open();
    expect(await statusOf(request)).toBe(status);
    expect((await fetch(`${served.url}/health`)).status).toBe(200);
  });
});

describe('a client that asks before it sends its body', () => {
  const asks = (more: string) =>
    `POST /v1/chat/completions HTTP/1.1\r\n${host}${more}expect: 100-continue\r\ncontent-length: 999999999\r\n\r\n`;

  it('is told no without the token', async () => {
    await open();
    expect(await statusOf(asks(''))).toBe(401);
  });

  it('is told to go on with it', async () => {
    await open();
    expect(await statusOf(asks(authorized))).toBe(100);
  });
});

it('has room for so many connections', async () => {
  await open({ maxConnections: 2 });
  const silent = () =>
    new Promise<Socket>((resolve) => {
      const socket = connect(served.port, '127.0.0.1', () => resolve(socket));
      socket.on('error', () => {});
      sockets.push(socket);
    });
  await silent();
  const second = await silent();
  const third = await silent();
  await new Promise((resolve) => third.resume().on('close', resolve));
  second.destroy();
  await expect.poll(() => statusOf(`GET /health HTTP/1.1\r\n${host}\r\n`)).toBe(200);
});

it('what a model writes is no event of its own', async () => {
  const text = 'a\n\ndata: [DONE]\r\n\r\nevent: x\u2028\u0000';
  await open({}, scriptedHost({ pieces: [said(text), ended()] }));
  const body = { model: 'tiny', messages: [{ role: 'user', content: 'Hi' }], stream: true, max_tokens: 9 };
  for (const path of ['/v1/chat/completions', '/v1/messages']) {
    const response = await fetch(served.url + path, {
      method: 'POST',
      headers: { 'x-api-key': token },
      body: JSON.stringify(body),
    });
    const lines = (await response.text()).split(/\r\n|\r|\n/);
    const datas = lines.filter((line) => line.startsWith('data: {')).map((line) => JSON.parse(line.slice(6)));
    expect(lines.filter((line) => !/^(data: |event: |$)/.test(line))).toEqual([]);
    expect(lines.filter((line) => line === 'event: x')).toEqual([]);
    const written = datas.map((data) => data.choices?.[0]?.delta?.content ?? data.delta?.text ?? '').join('');
    expect(written).toBe(text);
  }
});
