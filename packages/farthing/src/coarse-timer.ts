/** Calls that are due within this time of each other share a timer: a busy gate would otherwise start one for each. */
const coarseMs = 10;

interface Slot {
  readonly untilMs: number;
  readonly waitMs: number;
  readonly callbacks: Set<() => void>;
}

let latest: Slot | undefined;

/** Calls back after at least this long, and up to 10 ms later; keeps no process alive. Answers a function that cancels. */
export function callAfter(waitMs: number, callback: () => void): () => void {
  const nowMs = performance.now();
  if (!latest || latest.waitMs !== waitMs || nowMs > latest.untilMs) latest = openSlot(waitMs, nowMs);
  const { callbacks } = latest;
  callbacks.add(callback);
  return () => {
    callbacks.delete(callback);
  };
}

function openSlot(waitMs: number, nowMs: number): Slot {
  const callbacks = new Set<() => void>();
  const timer = setTimeout(() => {
    for (const callback of callbacks) callback();
  }, waitMs + coarseMs);
  timer.unref?.();
  return { untilMs: nowMs + coarseMs, waitMs, callbacks };
}
