import type { Piece } from '../engine.js';

/** Pieces between who makes them and who takes them. */
export interface PieceQueue {
  readonly put: (piece: Piece) => void;
  readonly fail: (error: unknown) => void;
  /** The next piece; `undefined` after `end`. @throws what it failed with, once what came before is taken */
  readonly take: () => Promise<Piece | undefined>;
}

export function createPieceQueue(): PieceQueue {
  const pieces: Piece[] = [];
  let next = 0;
  let failure: { readonly error: unknown } | undefined;
  let wake: (() => void) | undefined;
  let ended = false;
  const tell = (): void => {
    wake?.();
    wake = undefined;
  };
  return {
    put: (piece) => {
      pieces.push(piece);
      tell();
    },
    fail: (error) => {
      failure ??= { error };
      tell();
    },
    take: async () => {
      for (;;) {
        const piece = pieces[next];
        if (piece) {
          next += 1;
          if (next === pieces.length) pieces.length = next = 0;
          if (piece.kind === 'end') ended = true;
          return piece;
        }
        if (ended) return undefined;
        if (failure) throw failure.error;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
}
