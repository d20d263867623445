import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createQueue } from './queue.js';

/** An engine that shouts, and works only when told to. */
function setUp({ maxWaiting = 100 } = {}) {
  const batches: string[][] = [];
  const busy: boolean[] = [];
  let finish: (() => void)[] = [];
  const queue = createQueue<string>({
    maxWaiting,
    onBusy: (value) => busy.push(value),
    run: (texts) => {
      batches.push([...texts]);
      return new Promise((resolve, reject) => {
        finish.push(() =>
          texts.includes('poison') ? reject(new Error('broken')) : resolve(texts.map((text) => `${text}!`)),
        );
      });
    },
  });
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  };
  const step = async (): Promise<void> => {
    await settle();
    const now = finish;
    finish = [];
    for (const each of now) each();
    await settle();
  };
  return { queue, batches, busy, step, settle };
}

describe('queue', () => {
  it('sends calls of one moment together, and later ones while the engine works', async () => {
    const { queue, batches, busy, step } = setUp();
    const first = [queue.add(['a']), queue.add(['b', 'c'])];
    await step();
    expect(batches).toEqual([['a', 'b', 'c']]);
    expect(await Promise.all(first)).toEqual([['a!'], ['b!', 'c!']]);
    expect(busy).toEqual([true, false]);
  });

  it('lets a question pass a long import', async () => {
    const { queue, batches, step } = setUp();
    const bulk = queue.add(Array.from({ length: 60 }, (_, at) => `bulk ${at}`));
    await step();
    const question = queue.add(['question']);
    await step();
    expect(batches[1]).not.toContain('question'); // it was on its way already
    await step();
    expect(batches[2]).toContain('question');
    expect(await question).toEqual(['question!']);
    for (let turn = 0; turn < 3; turn++) await step();
    expect((await bulk)[59]).toBe('bulk 59!');
  });

  it('keeps batches short: few texts, or few long ones', async () => {
    const { queue, batches, step } = setUp();
    const long = queue.add(Array.from({ length: 5 }, () => 'x'.repeat(5000)));
    for (let turn = 0; turn < 5; turn++) await step();
    expect(batches.map((batch) => batch.length)).toEqual([2, 2, 1]);
    await long;
  });

  it('refuses what would make too many wait, and nothing else', async () => {
    const { queue, step } = setUp({ maxWaiting: 4 });
    const accepted = queue.add(['a', 'b', 'c']);
    await expect(queue.add(['d', 'e'])).rejects.toMatchObject({
      code: 'ERR_FARTHING_EMBEDDER_BUSY',
      message: 'The embedder is busy: expected at most 4 texts to wait, got 2 more while 3 wait.',
    });
    const last = queue.add(['d']);
    await step();
    await step();
    expect([await accepted, await last]).toEqual([['a!', 'b!', 'c!'], ['d!']]);
    const next = queue.add(['e', 'f', 'g', 'h']);
    await step();
    expect(await next).toHaveLength(4);
  });

  it('forgets an aborted call at once, and gives its room to others', async () => {
    const { queue, batches, step, settle } = setUp({ maxWaiting: 20 });
    const running = queue.add(['running']);
    await settle();
    const blocker = queue.add(['blocker']);
    const abort = new AbortController();
    const aborted = queue.add(
      Array.from({ length: 19 }, () => 'aborted'),
      abort.signal,
    );
    await Promise.resolve();
    abort.abort(new Error('left'));
    await expect(aborted).rejects.toThrow('left');
    const later = queue.add(Array.from({ length: 19 }, () => 'later'));
    for (let turn = 0; turn < 4; turn++) await step();
    await Promise.all([running, blocker, later]);
    expect(batches.slice(1).flat()).not.toContain('aborted');
    await expect(queue.add(['x'], AbortSignal.abort(new Error('before')))).rejects.toThrow('before');
  });

  it('rejects the calls of a batch that failed and goes on', async () => {
    const { queue, step, busy } = setUp();
    const bad = queue.add(['poison']);
    const rejected = expect(bad).rejects.toThrow('broken');
    await step();
    await rejected;
    const good = queue.add(['good']);
    await step();
    expect(await good).toEqual(['good!']);
    expect(busy).toEqual([true, false, true, false]);
  });

  it('rejects all when it is closed', async () => {
    const { queue, settle } = setUp();
    const waiting = Array.from({ length: 20 }, () => queue.add(['a']));
    const rejected = Promise.all(waiting.map((each) => expect(each).rejects.toThrow('The embedder is closed.')));
    queue.close();
    await settle();
    await rejected;
    await expect(queue.add(['b'])).rejects.toThrow('The embedder is closed.');
    await expect(queue.during(async () => 1)).rejects.toThrow('The embedder is closed.');
  });

  it('gives each text its own result, however calls, aborts and batches fall', async () => {
    const calls = fc.array(
      fc.record({ size: fc.integer({ min: 0, max: 40 }), steps: fc.integer({ min: 0, max: 2 }), aborts: fc.boolean() }),
      { minLength: 1, maxLength: 12 },
    );
    await fc.assert(
      fc.asyncProperty(calls, async (plan) => {
        const { queue, step, busy } = setUp({ maxWaiting: 1000 });
        const results: Promise<void>[] = [];
        for (const [index, { size, steps, aborts }] of plan.entries()) {
          const abort = new AbortController();
          const texts = Array.from({ length: size }, (_, at) => `${index}/${at}`);
          results.push(
            queue.add(texts, abort.signal).then(
              (found) => expect(found).toEqual(texts.map((text) => `${text}!`)),
              (error) => expect(error).toBe(abort.signal.reason),
            ),
          );
          for (let turn = 0; turn < steps; turn++) await step();
          if (aborts) abort.abort();
        }
        for (let turn = 0; turn < 60; turn++) await step();
        await Promise.all(results);
        expect(busy.at(-1) ?? false).toBe(false);
      }),
      { numRuns: 60 },
    );
  });
});
