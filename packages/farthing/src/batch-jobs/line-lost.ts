/** The result of a request that was run, and that its provider no longer has: what it cost stands at its bound. */
export class BatchLineLost extends Error {
  override readonly name = 'BatchLineLost';
}
