/** A request of a batch that its provider never ran: nothing is owed for it. */
export class BatchLineUnsent extends Error {
  override readonly name = 'BatchLineUnsent';
  /** As errors of sockets tell that nothing was sent. */
  readonly code = 'ERR_FARTHING_NOT_SENT';
  constructor(outcome: string) {
    super(`The request was ${outcome} before its provider ran it.`);
  }
}
