import type { CallOptions } from './options.js';
import { asyncScope, equalInConstantTime, hmacSha256, randomId, randomSecret } from './platform.js';
import type { NanoUsd } from './pricing/money.js';

/** Every header of this prefix is the gate's own and never leaves the process. */
export const headerPrefix = 'x-farthing';

/** An amount that several attempts share: a call's own `maxCost`, or that of the `run` around it. */
export interface Envelope {
  readonly account: string;
  readonly limitNanoUsd: NanoUsd;
}

/** Options with the envelopes that hold for them: an inner one never lifts an outer one. */
export interface Scoped {
  readonly options: CallOptions;
  readonly envelopes: readonly Envelope[];
}

/** Carries per-call options from the caller to the gate: by signed token, or by asynchronous context. */
export interface Scopes {
  /** A header value, ASCII, that only this gate can read back. */
  readonly sign: (options: CallOptions) => string;
  /** What a token holds; `undefined` if this gate did not sign it. */
  readonly verify: (token: string) => Scoped | undefined;
  readonly run: <Result>(options: CallOptions, body: () => Result) => Result;
  /** The options of the `run` around this moment. Read once, at fetch entry: queues may carry a foreign context later. */
  readonly current: () => Scoped | undefined;
}

/** Scopes with a secret of their own: a token of another gate or an earlier process is a foreign one. */
export function createScopes(): Scopes {
  const secret = randomSecret();
  const context = asyncScope<Scoped>();
  return {
    sign: (options) => {
      const payload = Buffer.from(
        JSON.stringify({ options, envelopes: envelopesOf(options) } satisfies Scoped),
      ).toString('base64url');
      return `${payload}.${hmacSha256(secret, payload)}`;
    },
    verify: (header) => {
      // Sent twice (as a default of the client and with the request), a header arrives as a list: the later one wins.
      const token = header.split(/,\s*/).findLast((each) => isSigned(secret, each));
      if (token === undefined) return undefined;
      const [payload = ''] = token.split('.');
      return JSON.parse(Buffer.from(payload, 'base64url').toString()) as Scoped; // signed by `sign` above, so of its type
    },
    run: (options, body) => {
      const outer = context.getStore();
      const envelopes = [...(outer?.envelopes ?? []), ...envelopesOf(options)];
      return context.run({ options: mergeOptions(outer?.options, options), envelopes }, body);
    },
    current: () => context.getStore(),
  };
}

function isSigned(secret: string, token: string): boolean {
  const [payload, signature, ...rest] = token.split('.');
  if (!payload || !signature || rest.length > 0) return false;
  return equalInConstantTime(signature, hmacSha256(secret, payload));
}

/** The envelope that these options open, if they name a `maxCost`. */
export function envelopesOf(options: CallOptions): readonly Envelope[] {
  return options.maxCost === undefined ? [] : [{ account: `envelope/${randomId()}`, limitNanoUsd: options.maxCost }];
}

/** The later options win; tags are merged name by name. */
export function mergeOptions(...all: readonly (CallOptions | undefined)[]): CallOptions {
  let merged: CallOptions = {};
  for (const options of all) {
    if (!options) continue;
    // An option that is there and undefined says nothing: it must not take away what an outer one said.
    const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
    merged =
      merged.tags && options.tags
        ? { ...merged, ...given, tags: { ...merged.tags, ...options.tags } }
        : { ...merged, ...given };
  }
  return merged;
}
