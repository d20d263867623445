import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { readAhead } from './read-ahead.js';

const never = new AbortController().signal;

describe('reading ahead', () => {
  it('takes all that is made, whatever the reader does, and gives it in order', async () => {
    let isOver = false;
    const reader = readAhead(async function* () {
      yield* [1, 2, 3];
      isOver = true;
    }, never);
    await turn();
    expect(isOver).toBe(false); // it waits for the first question
    expect(await reader.next()).toEqual({ value: 1, done: false });
    await turn();
    expect(isOver).toBe(true);
    const rest: number[] = [];
    for await (const item of reader) rest.push(item);
    expect(rest).toEqual([2, 3]);
  });

  it('tells of a failure behind what came before it', async () => {
    const reader = readAhead(async function* () {
      yield 1;
      throw new Error('broken');
    }, never);
    await turn();
    expect((await reader.next()).value).toBe(1);
    await expect(reader.next()).rejects.toThrow('broken');
    expect((await reader.next()).done).toBe(true);
  });

  it('stops the work when the reader leaves, and when the signal says so', async () => {
    const forever = (seen: AbortSignal[]) =>
      async function* (signal: AbortSignal) {
        seen.push(signal);
        for (let at = 0; ; at += 1) {
          yield at;
          await turn();
          signal.throwIfAborted();
        }
      };
    const left: AbortSignal[] = [];
    for await (const item of readAhead(forever(left), never)) if (item > 2) break;
    expect(left[0]?.aborted).toBe(true);

    const controller = new AbortController();
    const reader = readAhead(forever([]), controller.signal);
    await reader.next();
    controller.abort(new Error('enough'));
    await expect(
      (async () => {
        for await (const _ of reader);
      })(),
    ).rejects.toThrow('enough');
    const late = readAhead(forever([]), controller.signal);
    await expect(
      (async () => {
        for await (const _ of late);
      })(),
    ).rejects.toThrow('enough');
  });
});
