/** What a log may be handed in as. */
export type ReplayInput = Iterable<unknown> | AsyncIterable<unknown>;

/**
 * A log as it can be read through safely, to be asked for in the turn in which it was handed in. The lines of a stream
 * come, and its errors, whether somebody reads by then or not; and `readline` passes no error of its stream on.
 * @throws TypeError for what is no log
 */
export function replayInput(records: ReplayInput): ReplayInput {
  const got = records === null ? 'null' : typeof records;
  if (got !== 'object' || !(Symbol.iterator in records || Symbol.asyncIterator in records))
    throw new TypeError(
      `gate.replayAudits: expected an iterable of records or of lines of a log, such as an array or a readline interface, got ${got === 'object' ? 'an object that is none' : `a ${got}`}.`,
    );
  const { input, close } = records as { readonly input?: unknown; readonly close?: unknown }; // checked here
  const isReader = Symbol.asyncIterator in records && isEmitter(input) && typeof close === 'function';
  return isReader ? linesOf(records, input, () => close.call(records)) : records;
}

function linesOf(reader: AsyncIterable<unknown>, input: Emitter, close: () => void): AsyncIterable<unknown> {
  let failure: { readonly error: unknown } | undefined;
  const lines = reader[Symbol.asyncIterator]();
  input.on('error', (error) => {
    failure ??= { error };
    close();
  });
  async function* read(): AsyncGenerator<unknown> {
    for (let next = await lines.next(); !next.done; next = await lines.next()) yield next.value;
    if (failure) throw failure.error;
  }
  return read();
}

interface Emitter {
  readonly on: (event: 'error', listener: (error: unknown) => void) => unknown;
}

function isEmitter(value: unknown): value is Emitter {
  return typeof value === 'object' && value !== null && 'on' in value && typeof value.on === 'function';
}
