import { startProvider } from '@farthing/testkit';
import { createGate, type GateOptions } from 'farthing';
import { afterAll, beforeAll, describe, it, vi } from 'vitest';
import { type Behaviour, type Fetched, normal, outcome, received } from './behaviour.js';
import { behaviours } from './behaviours.js';
import { lossOf, skipOf } from './cells.js';
import { features } from './features.js';
import type { Stack } from './stack.js';

interface Observation {
  readonly value: unknown;
  readonly received: unknown;
  /** The same through the same gate once more. */
  readonly again: unknown;
}

/** Observes a behaviour on a fresh provider; without `options` without the gate. */
async function observe(
  stack: Stack,
  behaviour: Behaviour,
  options: GateOptions | undefined,
  twice: boolean,
): Promise<Observation> {
  const provider = await startProvider(behaviour.provider);
  try {
    const fetched: Fetched[] = [];
    const fetch = behaviour.watchFetch && watchedFetch(fetched);
    const gate = options && createGate({ ...options, onWarning: () => {}, ...(fetch && { fetch }) });
    const client = stack.make({ url: provider.url, ...behaviour.base, ...(fetch && { fetch }) }, gate);
    const look = async (): Promise<unknown> =>
      normal(await outcome(async () => behaviour.observe({ client, provider, stack, fetched })));
    const value = await look();
    const requests = received(provider.requests);
    provider.reset();
    return { value, received: requests, again: twice ? await look() : undefined };
  } finally {
    await provider.close();
  }
}

/** Calls the real one, without what only stands for an agent. */
function watchedFetch(fetched: Fetched[]): typeof globalThis.fetch {
  return async function (this: unknown, input, init) {
    fetched.push({ on: this, init: { ...init } });
    const { dispatcher: _, agent: __, ...sendable } = { ...init } as Record<string, unknown>; // fields that `RequestInit` does not name
    return globalThis.fetch(input, sendable);
  };
}

/** Every behaviour of these stacks, with features off and on, against the same stack without the gate. */
export function describeMatrix(stacks: readonly Stack[]): void {
  // Much of it is waiting: for timeouts, for bodies that are slow.
  vi.setConfig({ maxConcurrency: 8 });
  // Instructor writes each failure with its prompt on the console, with and without the gate.
  beforeAll(() => void vi.spyOn(console, 'error').mockImplementation(() => {}));
  afterAll(() => void vi.restoreAllMocks());

  describe.concurrent.each(stacks.map((stack): [string, Stack] => [stack.name, stack]))('%s', (_, stack) => {
    for (const behaviour of behaviours.filter((each) => each.appliesTo(stack) && !skipOf(stack, each))) {
      let bare: Promise<Observation> | undefined;
      const expected = (): Promise<Observation> => {
        bare ??= observe(stack, behaviour, undefined, false);
        return bare;
      };
      const title = `${behaviour.number} ${behaviour.title}`;

      it(`${title}, features off`, async ({ expect }) => {
        const [{ value, received: requests }, guarded] = await Promise.all([
          expected(),
          observe(stack, behaviour, features.off, false),
        ]);
        // A check of what fails anyway, or of a fault that did not strike, would say nothing.
        const ends = behaviour.ends ?? 'well';
        const expectedEnd = lossOf(stack, behaviour) ? 'error' : ends === 'badly' ? 'error' : 'value';
        if (ends !== 'either way') expect(value, 'without the gate').toHaveProperty(expectedEnd);
        expect(guarded.value).toEqual(value);
        if (!behaviour.base?.ownFetch) expect(guarded.received).toEqual(requests);
      });

      it(`${title}, features on`, async ({ expect }) => {
        const [{ value }, guarded] = await Promise.all([
          expected(),
          observe(stack, behaviour, features.on, !behaviour.once),
        ]);
        expect(guarded.value).toEqual(value);
        if (!behaviour.once) expect(guarded.again).toEqual(value);
      });
    }
  });
}
