import { describe, expect, it } from 'vitest';
import { httpEngine } from './http-engine.js';

const never = new AbortController().signal;

/** A server that answers so, and how much of its answer was taken. */
function serverOf(part: string, status = 200, parts = Number.POSITIVE_INFINITY) {
  const seen = { parts: 0, left: false };
  const bytes = new TextEncoder().encode(part);
  const fetch = async () =>
    new Response(
      new ReadableStream<Uint8Array>(
        {
          pull: (controller) => {
            if (seen.parts >= parts) return controller.close();
            seen.parts += 1;
            controller.enqueue(bytes);
          },
          cancel: () => {
            seen.left = true;
          },
        },
        { highWaterMark: 0 },
      ),
      { status },
    );
  return { seen, engine: httpEngine({ baseURL: 'http://127.0.0.1:9/v1', model: 'tiny', contextTokens: 64, fetch }) };
}

const megabyte = ' '.repeat(2 ** 20);

describe('an answer without an end', () => {
  it('is read so far only where a list of models was expected', async () => {
    const { engine, seen } = serverOf(megabyte);
    await expect(engine.load()).rejects.toMatchObject({
      code: 'engine_failed',
      message: expect.stringContaining('got more'),
    });
    expect(seen).toEqual({ parts: 5, left: true });
  });

  it('is read so far only where it is an error', async () => {
    const { engine, seen } = serverOf(megabyte, 500);
    await expect(engine.embed(['a'], never)).rejects.toMatchObject({ code: 'engine_failed' });
    expect(seen).toEqual({ parts: 1, left: true });
  });

  it('is read so far only where it is one event', async () => {
    const { engine, seen } = serverOf(`data: ${megabyte}`);
    const first = engine.generate({ prompt: { kind: 'text', text: 'a' } }, never)[Symbol.asyncIterator]();
    await expect(first.next()).rejects.toMatchObject({ code: 'engine_failed' });
    expect(seen.parts).toBeLessThan(20);
    expect(seen.left).toBe(true);
  });
});

it('a vector of very many numbers is no more than that', async () => {
  const answer = `{"data":[{"index":0,"embedding":[${'1,'.repeat(249_999)}1]}]}`;
  const { vectors } = await serverOf(answer, 200, 1).engine.embed(['a'], never);
  expect(vectors[0]?.length).toBe(250_000);
  expect(vectors[0]?.[0]).toBeCloseTo(0.002, 12);
});

it('names of models do not steer what shows them', async () => {
  const answer = JSON.stringify({ data: [{ id: `a\u001b[2J\n${'x'.repeat(10_000)}` }] });
  const error = await serverOf(answer, 200, 1)
    .engine.load()
    .catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: 'model_not_found', message: expect.stringContaining('a?[2J?xxx') });
  expect(error instanceof Error && error.message.length).toBeLessThan(300);
});

it('very many calls of tools are gathered as quickly as they come', async () => {
  const calls = Array.from({ length: 50_000 }, (_, index) => ({ index, id: `c${index}`, function: { name: 'f' } }));
  const parts = [{ delta: { tool_calls: calls } }, { delta: { tool_calls: calls } }, { finish_reason: 'tool_calls' }];
  const answer = parts.map((choice) => `data: ${JSON.stringify({ choices: [choice] })}\n\n`).join('');
  let came = 0;
  const { engine } = serverOf(answer, 200, 1);
  for await (const piece of engine.generate({ prompt: { kind: 'text', text: 'a' } }, never))
    if (piece.kind === 'tool-call') came += 1;
  expect(came).toBe(50_000);
});
