import type { Call } from '../call.js';
import { hostOf } from '../call-record.js';
import { modelOf } from '../model-of.js';
import { matching } from '../placement.js';
import type { RuleOptions } from '../routing/route-options.js';
import { type Lane, laneNames } from './lane-options.js';

/**
 * The lane of a call: its own word, the most urgent that a rule for its tags says, or interactive. The gate's own second
 * looks at answers wait for everyone. Pure.
 */
export function laneOf({ options, purpose }: Pick<Call, 'options' | 'purpose'>, rules: readonly RuleOptions[]): Lane {
  if (purpose === 'audit') return 'batch';
  if (options.lane) return options.lane;
  const ruled = matching(options, rules).map(({ lane }) => lane);
  return laneNames.find((lane) => ruled.includes(lane)) ?? 'interactive';
}

/** Headers that say whose limits a call counts against. */
const accountHeaders = [
  'authorization',
  'api-key',
  'x-api-key',
  'x-goog-api-key',
  'openai-organization',
  'openai-project',
];

/** Whoever writes a longer name of a model shares a limit with those whose begins alike: a name is kept, and shown. */
const maxModelLength = 256;

/** Whose limits a call counts against: one name for the report, and one that is never shared by two. */
export interface LimitKey {
  readonly name: string;
  readonly key: string;
}

/**
 * Provider, model and key of a call, with the host, as one model may be deployed twice.
 * @param account what the user says identifies the account, in place of its keys
 * @param hash of what must not be read
 */
export function limitKeyOf(
  call: Pick<Call, 'provider' | 'url' | 'dialect' | 'body' | 'headers' | 'requested'>,
  account: string | undefined,
  hash: (text: string) => string,
): LimitKey {
  const keys = accountHeaders.map((name) => call.headers.get(name) ?? '');
  const secret = hash([hostOf(call.url), account ?? keys].join('\n'));
  const place = `${call.provider}/${(modelOf(call) ?? call.requested.model).slice(0, maxModelLength)}`;
  return { name: `${place}/${secret.slice(0, 8)}`, key: `${place}/${secret}` };
}
