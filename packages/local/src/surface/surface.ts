import type { Ask, Host } from '../host.js';
import { LocalError } from '../local-error.js';
import { unknownModel } from '../pool/unknown-model.js';

/** What every endpoint stands on. */
export interface Surface {
  readonly host: Host;
  readonly nowMs: () => number;
  /** Letters and digits that no other answer has. */
  readonly newId: () => string;
  readonly bodyLimitBytes: number;
}

/** For whom a request runs: its model has to be there, and its `x-lane` a plain word. @throws LocalError */
export function readAsk(surface: Surface, request: Request, model: string): Omit<Ask, 'signal'> {
  const lane = request.headers.get('x-lane');
  if (lane !== null && !/^[A-Za-z0-9_-]{1,64}$/.test(lane)) {
    throw new LocalError('invalid_request', 'x-lane: expected up to 64 letters, digits, - or _.', { param: 'x-lane' });
  }
  if (!surface.host.has(model)) throw noSuchModel(surface.host);
  return lane === null ? { model } : { model, lane };
}

/** Says which models there are instead. */
export function noSuchModel(host: Host): LocalError {
  return unknownModel(host.models().map(({ name }) => name));
}

/** JSON text as a whole response. */
export function jsonResponse(text: string, status = 200): Response {
  return new Response(text, { status, headers: { 'content-type': 'application/json' } });
}
