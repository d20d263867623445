/**
 * Long work in small steps: each `yield` is a place, at most some milliseconds after the last, where it may rest. The
 * work itself is deterministic and knows no clock; whoever runs it decides how long a slice may take.
 */
export type Steps<Result> = Generator<void, Result, void>;

/** Does the work at once: in a worker, a script or a test. */
export function finish<Result>(steps: Steps<Result>): Result {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

/** How work is sliced on an event loop that others wait for. */
export interface Slicing {
  /** A monotonic clock in milliseconds. */
  readonly now: () => number;
  /** Resolves when the event loop had its turn. */
  readonly rest: () => Promise<void>;
  /** How long a slice may take before it rests; a step that has begun is finished. @default 4 */
  readonly sliceMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Does the work in slices and lets the event loop go on between them.
 * @throws the signal's reason when it aborts
 */
export async function finishInSlices<Result>(steps: Steps<Result>, slicing: Slicing): Promise<Result> {
  const { now, rest, sliceMs = 4, signal } = slicing;
  for (;;) {
    signal?.throwIfAborted();
    const until = now() + sliceMs;
    do {
      const step = steps.next();
      if (step.done) return step.value;
    } while (now() < until);
    await rest();
  }
}
