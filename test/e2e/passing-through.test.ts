import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { usd } from 'farthing';
import { describe, expect, it } from 'vitest';
import { chat, sharedProvider, watchedGate } from './setup.js';

const shared = sharedProvider();
const last = () => shared.provider.requests.at(-1);

describe('what is no call to a model', () => {
  it('goes on byte for byte: forms, bytes, lists', async () => {
    const { gate, records } = watchedGate({ cache: true });
    const form = new FormData();
    form.set('purpose', 'batch');
    form.set('file', new Blob([Uint8Array.of(0, 255, 13, 10, 128)]), 'bytes.bin');
    const uploaded = (await (
      await gate.fetch(`${shared.provider.openaiBaseURL}/files`, { method: 'POST', body: form })
    ).json()) as { id: string };
    const back = await gate.fetch(`${shared.provider.openaiBaseURL}/files/${uploaded.id}/content`);
    expect([...new Uint8Array(await back.arrayBuffer())]).toEqual([0, 255, 13, 10, 128]);
    expect(records).toEqual([]);
  });

  it('gets the very arguments that the caller gave', async () => {
    const seen: unknown[][] = [];
    const { gate } = watchedGate({
      fetch: async (...all) => {
        seen.push(all);
        return new Response('ok');
      },
    });
    const init = { method: 'DELETE', keepalive: true, dispatcher: {} } as RequestInit;
    const url = new URL('https://api.openai.com/v1/files/x');
    await gate.fetch(url, init);
    await gate.fetch('data:,');
    expect(seen[0]?.[0]).toBe(url);
    expect(seen[0]?.[1]).toBe(init);
    expect(seen[1]).toEqual(['data:,', undefined]);
  });
});

describe('a call to a model', () => {
  it('keeps all of the caller’s init, and its body to the letter', async () => {
    const seen: RequestInit[] = [];
    const { gate } = watchedGate({
      fetch: async (_, init) => {
        seen.push(init ?? {});
        return Response.json({});
      },
    });
    const dispatcher = {};
    const body = '{ "model":"gpt-4.1-nano", "messages" : [ ] }';
    await gate.fetch('https://api.openai.com/v1/chat/completions', {
      method: 'POST',
      body,
      keepalive: true,
      redirect: 'error',
      dispatcher,
      duplex: 'half',
    } as RequestInit);
    expect(seen[0]).toMatchObject({ method: 'POST', body, keepalive: true, redirect: 'error', duplex: 'half' });
    expect((seen[0] as { dispatcher?: unknown }).dispatcher).toBe(dispatcher);
  });

  it('may be a string, a URL or a Request, with text or bytes', async () => {
    const { gate, records } = watchedGate();
    const [url, init] = chat(shared.provider.openaiBaseURL);
    const bare = gate.fetch;
    for (const response of [
      await bare(url, init),
      await bare(new URL(url), init),
      await bare(new Request(url, init)),
      await bare(url, { ...init, body: new TextEncoder().encode(init.body) }),
    ]) {
      expect(response.status).toBe(200);
      expect(response.url).toBe(url);
    }
    expect(records.map((record) => record.outcome)).toEqual(Array(4).fill('complete'));
    expect(shared.provider.requests.map((request) => request.body.toString())).toEqual(Array(4).fill(init.body));
  });

  it('that is malformed goes on as it is, and its refusal comes back as it is', async () => {
    const { gate, records } = watchedGate({ cache: true, budgets: [{ name: 'all', limit: usd('1'), per: 'day' }] });
    for (const body of ['{"model":', '[]', 'null', 'model=gpt-4.1-nano']) {
      const response = await gate.fetch(`${shared.provider.openaiBaseURL}/chat/completions`, { method: 'POST', body });
      expect(response.status).toBe(400);
      expect(last()?.body.toString()).toBe(body);
    }
    expect(records).toEqual([]);
  });

  it('that is malformed and answered all the same is recorded with an unknown cost', async () => {
    const { gate, records } = watchedGate({ fetch: async () => Response.json({ choices: [] }) });
    await gate.fetch('https://llm.internal/v1/chat/completions', { method: 'POST', body: '{"temperature":NaN}' });
    expect(records).toMatchObject([{ source: 'passthrough', costNanoUsd: null }]);
  });

  it('whose path is badly encoded is for the server to refuse', async () => {
    const { gate, records } = watchedGate({ fetch: async () => new Response('', { status: 404 }) });
    const url = 'https://mine.openai.azure.com/openai/deployments/%zz/chat/completions';
    expect((await gate.fetch(url, { method: 'POST', body: '{"messages":[]}' })).status).toBe(404);
    expect(records).toMatchObject([{ requestedModel: '%zz', httpStatus: 404 }]);
  });

  it('that is answered with no body comes back as it is', async () => {
    const { gate } = watchedGate({ fetch: async () => new Response(null, { status: 204 }) });
    const [, init] = chat('');
    expect((await gate.fetch('https://api.openai.com/v1/chat/completions', init)).status).toBe(204);
  });

  it('whose model only its path names, or only the server knows, does not slip by', async () => {
    const { gate, records } = watchedGate({
      fetch: async () => Response.json({ choices: [] }),
      budgets: [{ name: 'all', limit: usd('1'), per: 'day' }],
    });
    const body = '\uFEFF{"max_tokens":9,"messages":[]}';
    for (const url of [
      'https://mine.openai.azure.com/openai/deployments/gpt-4.1-nano/chat/completions?api-version=1',
      'https://llm.internal/v1/chat/completions',
    ])
      await gate.fetch(url, { method: 'POST', body });
    expect(records).toMatchObject([
      { requestedModel: 'gpt-4.1-nano', source: 'provider', costBasis: 'assumed' },
      { source: 'denied', denial: { code: 'unmetered' } },
    ]);
  });

  it('streams without holding back: a chunk is with the caller before the next one is sent', async () => {
    let next = (): void => {};
    const waits: string[] = [];
    const { gate } = watchedGate({
      fetch: async () => {
        let number = 0;
        return new Response(
          new ReadableStream(
            {
              async pull(controller) {
                if (number === 3) return controller.close();
                if (number > 0)
                  await new Promise<void>((resolve) => {
                    next = resolve;
                    waits.push(`wait ${number}`);
                  });
                controller.enqueue(
                  new TextEncoder().encode(`data: {"choices":[{"index":0,"delta":{"content":"${number++}"}}]}\n\n`),
                );
              },
            },
            { highWaterMark: 0 },
          ),
          { headers: { 'content-type': 'text/event-stream' } },
        );
      },
    });
    const response = await gate.fetch('https://api.openai.com/v1/chat/completions', {
      method: 'POST',
      body: '{"model":"gpt-4.1-nano","stream":true,"messages":[]}',
    });
    const reader = response.body?.getReader();
    const seen: string[] = [];
    for (let number = 0; number < 3; number++) {
      const read = reader?.read();
      if (number > 0) {
        await expect.poll(() => waits.length).toBe(number);
        next();
      }
      seen.push(new TextDecoder().decode((await read)?.value));
    }
    expect(seen.map((chunk) => /"content":"(\d)"/.exec(chunk)?.[1])).toEqual(['0', '1', '2']);
  });

  it('reads no faster than its caller', async () => {
    let pulled = 0;
    const { gate } = watchedGate({
      fetch: async () =>
        new Response(
          new ReadableStream(
            {
              pull(controller) {
                pulled++;
                controller.enqueue(new TextEncoder().encode(': ping\n\n'));
              },
            },
            { highWaterMark: 0 },
          ),
          { headers: { 'content-type': 'text/event-stream' } },
        ),
    });
    const response = await gate.fetch('https://api.openai.com/v1/chat/completions', {
      method: 'POST',
      body: '{"model":"gpt-4.1-nano","stream":true,"stream_options":{"include_usage":true},"messages":[]}',
    });
    const reader = response.body?.getReader();
    await reader?.read();
    await reader?.read();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(pulled).toBe(2);
    await reader?.cancel();
  });

  it('with a body of many megabytes comes through whole', async () => {
    const big = JSON.stringify({
      id: 'x',
      object: 'chat.completion',
      model: 'gpt-4.1-nano',
      choices: [{ index: 0, message: { role: 'assistant', content: 'ж'.repeat(4_000_000) }, finish_reason: 'stop' }],
      usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
    });
    shared.provider.script({ body: big });
    const { gate, records } = watchedGate();
    expect(await (await gate.fetch(...chat(shared.provider.openaiBaseURL))).text()).toBe(big);
    expect(records[0]?.costNanoUsd).toBe(100 + 400);
  });

  it('with bytes that are no text comes through unchanged, and is not kept', async () => {
    const bytes = Uint8Array.of(0xef, 0xbb, 0xbf, 0x7b, 0xff, 0x7d);
    const { gate } = watchedGate({
      cache: true,
      fetch: async () => new Response(bytes, { headers: { 'content-type': 'application/json' } }),
    });
    for (let round = 0; round < 2; round++) {
      const response = await gate.fetch('https://api.openai.com/v1/chat/completions', {
        method: 'POST',
        body: '{"model":"gpt-4.1-nano","messages":[]}',
      });
      expect(response.headers.get('x-farthing-source')).toBe('provider');
      expect(new Uint8Array(await response.arrayBuffer())).toEqual(bytes);
    }
  });
});

describe('a response that was read whole', () => {
  const whole = async (): Promise<Response> =>
    watchedGate({ fetch: async () => Response.json({ a: 'ü' }) }).gate.fetch(
      'https://api.openai.com/v1/chat/completions',
      { method: 'POST', body: '{"model":"gpt-4.1-nano","messages":[]}' },
    );

  it('is like any other', async () => {
    expect(await whole()).toBeInstanceOf(Response);
    expect(await (await whole()).json()).toEqual({ a: 'ü' });
    expect(new TextDecoder().decode(await (await whole()).arrayBuffer())).toBe('{"a":"ü"}');
    expect(await (await (await whole()).blob()).text()).toBe('{"a":"ü"}');
    expect(await new Response((await whole()).body).text()).toBe('{"a":"ü"}');
    const read = await whole();
    const copy = read.clone();
    expect(read.bodyUsed).toBe(false);
    expect(await read.text()).toBe(await copy.text());
    expect(read.bodyUsed).toBe(true);
    await expect(read.text()).rejects.toThrow(TypeError);
    expect(() => read.clone()).toThrow(TypeError);
    const streamed = await whole();
    await streamed.body?.getReader().read();
    expect(streamed.bodyUsed).toBe(true);
  });
});

it('lets the process exit by itself, with holds, timers and unread streams', () => {
  const script = `
    const { createGate, usd } = await import('farthing');
    const gate = createGate({ onWarning: () => {}, cache: true, coalesce: true, budgets: [{ name: 'a', limit: usd('1'), per: 'day' }], fetch: async () => new Response(new ReadableStream({ start(c) { c.enqueue(new TextEncoder().encode('data: {}\\n\\n')); } }), { headers: { 'content-type': 'text/event-stream' } }) });
    await gate.fetch('https://api.openai.com/v1/chat/completions', { method: 'POST', body: '{"model":"gpt-4.1-nano","stream":true,"messages":[]}' });
    console.log('done');`;
  const output = execFileSync(
    process.execPath,
    ['--conditions=farthing-source', '--import', 'tsx', '--input-type=module', '-e', script],
    { cwd: fileURLToPath(new URL('..', import.meta.url)), encoding: 'utf8', timeout: 20_000 },
  );
  expect(output.trim()).toBe('done');
});
