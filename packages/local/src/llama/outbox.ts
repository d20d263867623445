import type { Piece } from '../engine.js';
import type { FromChild } from './messages.js';

/** Sends pieces to the other process: each request's first one at once, others together. */
export interface Outbox {
  readonly put: (id: number, piece: Piece) => void;
  readonly flush: () => void;
  /** A request that is over, also one that never came to its `end`. */
  readonly forget: (id: number) => void;
}

/** A message costs as much as a token of a small model: nobody sees whether text is so much later. */
const gatherMs = 8;

export function createOutbox(send: (message: FromChild) => void): Outbox {
  let pieces: [number, Piece | string][] = [];
  let timer: NodeJS.Timeout | undefined;
  const begun = new Set<number>();
  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (pieces.length === 0) return;
    const gathered = pieces;
    pieces = [];
    send({ kind: 'pieces', pieces: gathered });
  };
  return {
    flush,
    forget: (id) => begun.delete(id),
    put: (id, piece) => {
      pieces.push([id, piece.kind === 'text' && piece.logprobs === undefined ? piece.text : piece]);
      const first = !begun.has(id);
      begun.add(id);
      if (first || piece.kind === 'end') flush();
      else timer ??= setTimeout(flush, gatherMs);
    },
  };
}
