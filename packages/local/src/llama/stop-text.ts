/** Text that was let through, and what ended it. */
export interface Passed {
  readonly text: string;
  /** The stop that was met; nothing after it is let through. */
  readonly stopped?: string;
}

/** Lets text through as it comes, and holds back what may be the beginning of a stop. */
export interface StopText {
  readonly push: (text: string) => Passed;
  /** What was held back, once nothing more comes. */
  readonly end: () => string;
}

/** Looks for the first of some strings in a text that comes in pieces. */
export function createStopText(stops: readonly string[]): StopText {
  const wanted = stops.filter((stop) => stop.length > 0);
  let held = '';
  return {
    push: (text) => {
      if (wanted.length === 0) return { text };
      held += text;
      const [at, stop] = wanted.reduce<readonly [number, string]>(
        (first, candidate) => {
          const found = held.indexOf(candidate);
          // Of two that begin at one place, the longer one: the shorter one is its beginning.
          return found >= 0 && (found < first[0] || (found === first[0] && candidate.length > first[1].length))
            ? [found, candidate]
            : first;
        },
        [Number.POSITIVE_INFINITY, ''],
      );
      if (stop !== '') {
        const before = held.slice(0, at);
        held = '';
        return { text: before, stopped: stop };
      }
      const keep = Math.max(...wanted.map((candidate) => openEnd(held, candidate)));
      const free = held.slice(0, held.length - keep);
      held = held.slice(held.length - keep);
      return { text: free };
    },
    end: () => {
      const rest = held;
      held = '';
      return rest;
    },
  };
}

/** How much of the end of `text` is a beginning of `stop`. */
function openEnd(text: string, stop: string): number {
  for (let length = Math.min(text.length, stop.length - 1); length > 0; length -= 1)
    if (text.endsWith(stop.slice(0, length))) return length;
  return 0;
}
