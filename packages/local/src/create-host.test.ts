import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createHost } from './create-host.js';
import type { Engine, Generation, Piece } from './engine.js';
import type { Host, ServedPiece } from './host.js';
import { LocalError } from './local-error.js';
import { planLocal } from './local-options.js';
import { createMetrics } from './pool/metrics.js';
import { createModelPool } from './pool/model-pool.js';
import { createQueue, type Queue } from './pool/queue.js';

const request: Generation = { prompt: { kind: 'text', text: 'Once' } };
const end: Piece = {
  kind: 'end',
  reason: 'end',
  promptTokens: 1,
  cachedTokens: 0,
  outputTokens: 1,
  reasoningTokens: 0,
};

/** A host of one model with one slot. */
function open(engine: Partial<Engine>): { readonly host: Host; readonly queue: Queue } {
  const whole: Engine = {
    load: async () => ({ contextTokens: 10, slots: 1 }),
    generate: async function* () {
      yield { kind: 'text', text: 'so' };
      yield end;
    },
    embed: async () => ({ vectors: [[1]], promptTokens: 1 }),
    countTokens: async () => 1,
    unload: async () => {},
    ...engine,
  };
  const nowMs = (): number => performance.now();
  const [plan] = planLocal({ models: { a: { engine: whole, slots: 1 } }, trust: 'unsigned' }).models;
  const queue = createQueue({ slots: 1, maxQueued: 10, maxWaitMs: 1000, weights: {}, nowMs });
  const host = createHost({
    served: new Map([['a', { plan: plan ?? expect.unreachable(), engine: whole, queue }]]),
    pool: createModelPool([{ name: 'a', engine: whole, idleUnloadMs: Number.POSITIVE_INFINITY }], nowMs),
    metrics: createMetrics(),
    nowMs,
    createdMs: 0,
  });
  return { host, queue };
}

const asks = () => ({ model: 'a', signal: new AbortController().signal });
async function read(pieces: AsyncIterable<ServedPiece>): Promise<ServedPiece['kind'][]> {
  const kinds: ServedPiece['kind'][] = [];
  for await (const { kind } of pieces) kinds.push(kind);
  return kinds;
}
const outcomes = (host: Host) =>
  [...host.metrics().matchAll(/requests_total\{model="a",outcome="(\w+)"\} (\d+)/g)].map(([, ...each]) => each.join());
/** What aborts itself while it waits for something that never comes. */
const forever = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));

describe('a turn', () => {
  it('ends with the work, also where its reader stops in the middle and says nothing', async () => {
    const { host, queue } = open({});
    const first = host.generate(asks(), request)[Symbol.asyncIterator]();
    expect((await first.next()).value.kind).toBe('text');
    expect(await read(host.generate(asks(), request))).toEqual(['text', 'end']);
    expect([queue.running(), queue.waiting()]).toEqual([0, 0]);
    expect(outcomes(host)).toEqual(['ok,2']);
  });

  it('ends where the reader leaves, wherever the work is', async () => {
    const { host, queue } = open({
      generate: async function* (_, signal) {
        yield { kind: 'text', text: 'so' };
        await forever(signal);
      },
    });
    const runs = host.generate(asks(), request)[Symbol.asyncIterator]();
    await runs.next();
    const gone = new AbortController();
    const waits = read(host.generate({ model: 'a', signal: gone.signal }, request));
    await turn();
    expect([queue.running(), queue.waiting()]).toEqual([1, 1]);
    gone.abort(new Error('gone'));
    await expect(waits).rejects.toThrow('gone');
    await runs.return?.();
    await turn();
    expect([queue.running(), queue.waiting()]).toEqual([0, 0]);
    expect(outcomes(host)).toEqual(['aborted,2']);
  });

  it('ends where the model can’t be loaded, and where the engine fails', async () => {
    const broken = new LocalError('model_unavailable', 'broken');
    const unloadable = open({ load: () => Promise.reject(broken) });
    await expect(read(unloadable.host.generate(asks(), request))).rejects.toBe(broken);
    await expect(unloadable.host.embed(asks(), ['so'])).rejects.toBe(broken);
    expect(unloadable.queue.running()).toBe(0);

    const failing = open({
      embed: () => Promise.reject(new LocalError('engine_failed', 'no')),
      countTokens: () => Promise.reject(new LocalError('invalid_request', 'no')),
    });
    await expect(failing.host.embed(asks(), ['so'])).rejects.toThrow('no');
    await expect(failing.host.countTokens(asks(), request.prompt)).rejects.toThrow('no');
    expect(failing.queue.running()).toBe(0);
    expect(outcomes(failing.host)).toEqual(['failed,1', 'refused,1']);
  });

  it('ends as a failure where the engine stops without an end', async () => {
    const { host, queue } = open({
      generate: async function* () {
        yield { kind: 'text', text: 'so' };
      },
    });
    expect(await read(host.generate(asks(), request))).toEqual(['text']);
    expect(queue.running()).toBe(0);
    expect(outcomes(host)).toEqual(['failed,1']);
  });

  it('is not begun for who left before', async () => {
    const { host, queue } = open({});
    const left = host.generate(asks(), request)[Symbol.asyncIterator]();
    await left.return?.();
    const signal = AbortSignal.abort(new Error('gone'));
    await expect(read(host.generate({ model: 'a', signal }, request))).rejects.toThrow('gone');
    await expect(host.embed({ model: 'a', signal }, ['so'])).rejects.toThrow('gone');
    expect(queue.running()).toBe(0);
    expect(host.models()[0]?.state).toBe('idle');
  });
});
