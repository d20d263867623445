import type { BigIntStats } from 'node:fs';

/** Which file it is and which state of it: any write, any rename and any other file in its place changes one of these. */
export interface FileIdentity {
  readonly dev: bigint;
  readonly ino: bigint;
  /** Bytes. */
  readonly size: bigint;
  readonly mtimeNs: bigint;
  /** No program can set it, other than `mtimeNs`. */
  readonly ctimeNs: bigint;
}

/** Takes from the facts of a file what tells it from any other. */
export function identityOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): FileIdentity {
  return { dev, ino, size, mtimeNs, ctimeNs };
}

/** The same text for the same identity only. */
export function identityText({ dev, ino, size, mtimeNs, ctimeNs }: FileIdentity): string {
  return [dev, ino, size, mtimeNs, ctimeNs].join(':');
}
