import { copyResponse } from '../body-tap.js';

/** A response whose body goes on being read even when the one it was made for does not. */
export interface SharedBody {
  readonly response: Response;
  /** Reads to the end, whether or not the response's own reader does. */
  readonly drain: () => void;
  /** Fails the response's reader and, from now on, keeps nothing for it. */
  readonly detach: (reason: unknown) => void;
}

/**
 * Lets a body outlive its reader.
 * @param wanted whether others still wait for the body: then the reader's cancel does not reach the upstream
 */
export function shareBody(response: Response, wanted: () => boolean): SharedBody {
  if (!response.body) return { response, drain: () => {}, detach: () => {} };
  const reader = response.body.getReader();
  const queue: Uint8Array[] = [];
  let ended = false;
  let detached = false;
  let failure: { readonly error: unknown } | undefined;
  let reading: Promise<void> | undefined;
  let fail: ((reason: unknown) => void) | undefined;

  const readOne = async (): Promise<void> => {
    try {
      const { done, value } = await reader.read();
      if (done) ended = true;
      else if (!detached) queue.push(value);
    } catch (error) {
      failure = { error };
      ended = true;
    }
    reading = undefined;
  };
  // The reader and the drain may both want the next chunk: they get the same one.
  const advance = (): Promise<void> => {
    reading ??= readOne();
    return reading;
  };
  const drain = async (): Promise<void> => {
    while (!ended) await advance();
  };

  const stream = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        fail = (reason) => controller.error(reason);
      },
      async pull(controller) {
        while (queue.length === 0 && !ended) await advance();
        const chunk = queue.shift();
        if (chunk) controller.enqueue(chunk);
        else if (failure) controller.error(failure.error);
        else controller.close();
      },
      cancel(reason) {
        if (!wanted()) return reader.cancel(reason);
        detached = true;
        queue.length = 0;
        void drain();
        return undefined;
      },
    },
    { highWaterMark: 0 },
  );
  return {
    response: copyResponse(response, stream),
    drain: () => void drain(),
    detach: (reason) => {
      detached = true;
      queue.length = 0;
      fail?.(reason);
      void drain();
    },
  };
}
