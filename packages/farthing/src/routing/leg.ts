import type { Call } from '../call.js';
import type { JsonObject } from '../dialects/dialect.js';
import { modelOf } from '../model-of.js';
import type { PriceBook } from '../pricing/price.js';
import type { Place } from './constraints.js';
import type { Endpoint, Target } from './targets.js';

/** What sending calls elsewhere takes from the gate. */
export interface LegMaker {
  readonly placeOf: PriceBook['placeOf'];
  /** Where a URL's host stands; `geo` where nothing else is known. */
  readonly regionOf: (url: string, geo: string | undefined) => string | undefined;
  /** The fetch for a server that is not the caller's. */
  readonly send: typeof globalThis.fetch;
}

/** Where a target's server would put a call. */
export function placeFor(call: Call, target: Target, endpoint: Endpoint, maker: LegMaker): Place {
  const url = urlOf(call, target, endpoint);
  const region = target.region ?? (endpoint.baseURL === undefined ? call.region : maker.regionOf(url, geoOf(url)));
  return { url, region, isOwn: originOf(url) === originOf(call.url) };

  function geoOf(url: string): string | undefined {
    return maker.placeOf(url)?.geo;
  }
}

/** The call as it goes to one server of a target, still without a key of the target's own. */
export function legFor(call: Call, target: Target, endpoint: Endpoint, maker: LegMaker): Call {
  const { url, region, isOwn } = placeFor(call, target, endpoint, maker);
  const place = endpoint.baseURL === undefined ? undefined : maker.placeOf(url);
  const elsewhere = endpoint.baseURL !== undefined;
  return {
    ...call,
    ...bodyFor(call, target),
    url,
    region,
    price: target.price,
    ...(elsewhere && { provider: place?.provider ?? call.dialect.homeProvider, geo: place?.geo }),
    send: target.fetch ?? (isOwn ? call.send : maker.send),
    headers: isOwn ? call.headers : withoutCredentials(call.headers),
  };
}

/** The same leg with the target's own key; `undefined` where the target has one to ask for and gets none. */
export async function withKeyOf({ apiKey }: Target, leg: Call): Promise<Call | undefined> {
  if (apiKey === undefined) return leg;
  try {
    const key = typeof apiKey === 'string' ? apiKey : await apiKey();
    return key ? { ...leg, headers: leg.dialect.withKey(withoutCredentials(leg.headers), leg.url, key) } : undefined;
  } catch {
    return undefined; // its own error may quote the key
  }
}

/** Headers that tell who the caller is: for the caller's own server, and no other. */
const credentials = /auth|key|token|secret|cookie|credential|^openai-(?:organization|project)$/;

function withoutCredentials(headers: Headers): Headers {
  const copy = new Headers(headers);
  for (const name of [...copy.keys()]) if (credentials.test(name)) copy.delete(name);
  return copy;
}

/** The caller's own text for as long as nothing is changed but the model's name. */
function bodyFor(call: Call, { model, params }: Target): Pick<Call, 'body' | 'bodyText'> {
  const named = call.dialect.model(call.body);
  if (!params && (named === model || modelOf(call) === model)) return { body: call.body, bodyText: call.bodyText };
  const body: JsonObject = { ...call.body, ...params, model };
  const renamed = params ? undefined : withModelNamed(call.bodyText, model);
  return { body, bodyText: renamed ?? JSON.stringify(body) };
}

/** Written into the text: parsed and written again, a large number would lose its last digits. */
function withModelNamed(text: string, model: string): string | undefined {
  const [before, after, ...more] = text.split('"model"');
  const value = after === undefined || more.length > 0 ? undefined : /^\s*:\s*"(?:[^"\\]|\\.)*"/.exec(after)?.[0];
  if (before === undefined || after === undefined || value === undefined) return undefined;
  return `${before}"model":${JSON.stringify(model)}${after.slice(value.length)}`;
}

function urlOf(call: Call, { model }: Target, { baseURL }: Endpoint): string {
  if (baseURL === undefined)
    // Azure goes by the deployment in the path, whatever the body says.
    return call.url.replace(/(\/deployments\/)[^/?#]+(?=\/)/, (_, start: string) => start + encodeURIComponent(model));
  const [base = '', query] = baseURL.split('?');
  return `${base.replace(/\/+$/, '')}${call.dialect.path}${query === undefined ? '' : `?${query}`}`;
}

function originOf(url: string): string | undefined {
  try {
    return new URL(url).origin;
  } catch {
    return undefined; // not a URL: it is no one's
  }
}
