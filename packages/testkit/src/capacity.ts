/** How much a provider can do at once. */
export interface CapacityOptions {
  /** So many requests are served at once; others wait here, in the order in which they came. */
  readonly slots: number;
  /** What serving one takes, in milliseconds. */
  readonly serviceMs: () => number;
  /** Beyond so many requests, served or waiting, one is refused with a 429. @default none is */
  readonly most?: number | undefined;
}

/** A capacity that can be changed while requests are served. */
export interface Capacity {
  /** Resolves when a request has been served, with `false` when it was refused. */
  readonly serve: () => Promise<boolean>;
  readonly change: (options: CapacityOptions) => void;
}

/** A queue with so many servers: what comes beyond them waits, so that latency grows with what is under way. */
export function createCapacity(given: CapacityOptions): Capacity {
  let options = given;
  let busy = 0;
  const waiting: (() => void)[] = [];
  const next = (): void => {
    while (busy < options.slots && waiting.length > 0) {
      busy++;
      waiting.shift()?.();
    }
  };
  return {
    serve: () => {
      if (busy + waiting.length >= (options.most ?? Number.POSITIVE_INFINITY)) return Promise.resolve(false);
      return new Promise((resolve) => {
        waiting.push(() =>
          setTimeout(() => {
            busy--;
            next();
            resolve(true);
          }, options.serviceMs()),
        );
        next();
      });
    },
    change: (changed) => {
      options = changed;
      next();
    },
  };
}
