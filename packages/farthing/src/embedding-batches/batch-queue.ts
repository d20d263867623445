import type { EmbeddingBatchPlan } from './embedding-batch-options.js';
import { fillBatch } from './fill-batch.js';
import type { Seat } from './seat.js';

/** Calls of one key that wait for each other. */
export interface BatchQueue {
  readonly add: (seat: Seat) => void;
  readonly remove: (seat: Seat) => void;
  /** Nobody waits, and nothing is under way. */
  readonly isIdle: () => boolean;
}

/** What a queue is made of. */
export interface BatchQueueParts {
  readonly windowMs: number;
  /** Read each time: what a server takes is learned. */
  readonly limits: () => Pick<EmbeddingBatchPlan, 'maxInputs' | 'maxTokens'>;
  /** Sends seats together. Never rejects; resolves when all have their answers. */
  readonly send: (seats: readonly Seat[]) => Promise<void>;
}

/**
 * Says when calls go. Where nothing is under way, those of one turn of the event loop go at its end: nobody waits for a clock.
 * Behind a request that is under way they gather until it is answered, a batch is full, or the window has passed, whichever
 * is first: the busier a provider, the larger the batches.
 */
export function createBatchQueue({ windowMs, limits, send }: BatchQueueParts): BatchQueue {
  let waiting: Seat[] = [];
  let [inputs, tokens, underWay] = [0, 0, 0];
  let cancel: (() => void) | undefined;
  let atTurn = false;

  const take = (count: number): void => {
    const seats = waiting.slice(0, count);
    waiting = waiting.slice(count);
    for (const seat of seats) weigh(seat, -1);
    underWay++;
    void send(seats).finally(() => {
      underWay--;
      if (underWay === 0 && waiting.length > 0) goAtTurn();
    });
  };
  const weigh = (seat: Seat, sign: 1 | -1): void => {
    inputs += sign * seat.inputs.length;
    tokens += sign * seat.most;
  };
  const takeAll = (): void => {
    stopWaiting();
    while (waiting.length > 0) take(fillBatch(waiting, limits()));
  };
  const stopWaiting = (): void => {
    cancel?.();
    cancel = undefined;
    atTurn = false;
  };
  const goAtTurn = (): void => {
    if (atTurn) return;
    stopWaiting();
    atTurn = true;
    const turn = setImmediate(takeAll);
    cancel = () => clearImmediate(turn);
  };
  const goAfterWindow = (): void => {
    if (cancel) return;
    const timer = setTimeout(takeAll, windowMs);
    cancel = () => clearTimeout(timer);
  };

  return {
    add: (seat) => {
      waiting.push(seat);
      weigh(seat, 1);
      const { maxInputs, maxTokens } = limits();
      // What is past the limit begins the next batch.
      while (inputs >= maxInputs || tokens >= maxTokens) take(fillBatch(waiting, limits()));
      if (waiting.length === 0) stopWaiting();
      else if (underWay === 0) goAtTurn();
      else goAfterWindow();
    },
    remove: (seat) => {
      const at = waiting.indexOf(seat);
      if (at < 0) return;
      waiting.splice(at, 1);
      weigh(seat, -1);
      if (waiting.length === 0) stopWaiting();
    },
    isIdle: () => waiting.length === 0 && underWay === 0,
  };
}
