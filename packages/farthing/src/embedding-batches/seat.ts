import type { Call, Completion, Reply } from '../call.js';
import { neverSent } from '../errors.js';
import { LeftEarly } from '../left-early.js';
import { noAnswer } from '../no-answer.js';
import { NotSent } from '../not-sent.js';
import type { Next } from '../pipeline.js';

/** What a caller brings along. */
export interface Luggage {
  readonly call: Call;
  readonly next: Next;
  readonly inputs: readonly unknown[];
  /** In tokens: by the best count there is, and at most. */
  readonly likely: number;
  readonly most: number;
}

/** One caller's place in a batch, from its coming until it has its answer. It is answered once, whatever happens. */
export interface Seat extends Luggage {
  /** What its caller waits for. @throws NotSent or LeftEarly when its caller leaves */
  readonly reply: Promise<Reply>;
  /** Its caller still waits. */
  readonly isTaken: () => boolean;
  /** It goes out with others: from now on it is theirs to send, and its caller may owe a part. */
  readonly depart: (onLeave: () => void) => void;
  /** It goes out by itself: its own signal ends it. */
  readonly goAlone: () => void;
  readonly answer: (reply: Reply) => void;
  readonly fail: (error: unknown) => void;
}

/** @param onLeave called when the caller leaves before anything was sent */
export function createSeat(luggage: Luggage, onLeave: (seat: Seat) => void): Seat {
  const { signal } = luggage.call;
  let taken = true;
  let left = (): void => onLeave(seat);
  let departed = false;
  let resolve: (reply: Reply) => void = () => {};
  let reject: (error: unknown) => void = () => {};
  let end: (completion: Completion | undefined | Promise<Completion>) => void = () => {};
  const reply = new Promise<Reply>((whenAnswered, whenFailed) => {
    resolve = whenAnswered;
    reject = whenFailed;
  });
  const ended = new Promise<Completion | undefined>((whenEnded) => {
    end = whenEnded;
  });
  const onAbort = (): void => {
    taken = false;
    reject(departed ? new LeftEarly(signal?.reason, ended) : new NotSent(signal?.reason));
    left();
  };
  const stopListening = (): void => signal?.removeEventListener('abort', onAbort);
  const seat: Seat = {
    ...luggage,
    reply,
    isTaken: () => taken,
    depart: (whenLeft) => {
      departed = true;
      left = whenLeft;
    },
    goAlone: stopListening,
    answer: (given) => {
      stopListening();
      if (taken) resolve(given);
      else end(given.completion);
    },
    fail: (error) => {
      stopListening();
      if (taken) reject(error);
      else end(error instanceof NotSent || neverSent(error) ? undefined : brokenOff(error));
    },
  };
  signal?.addEventListener('abort', onAbort, { once: true });
  return seat;
}

/** How a request ended of which no answer came. */
function brokenOff(error: unknown): Completion {
  return { ...noAnswer, status: 'cancelled', httpStatus: 0, error };
}
