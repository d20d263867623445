import type { Call } from './call.js';
import { hostOf } from './call-record.js';
import { denialReply } from './denial.js';
import type { CallOptions } from './options.js';
import type { Stage } from './pipeline.js';
import type { RuleOptions } from './routing/route-options.js';

/** Hosts beside loopback that a gate may send to; `undefined`: no air gap. */
export type AirGap = ReadonlySet<string> | undefined;

/** Why a request may not go where it is going. */
export interface PlacementBar {
  readonly constraint: 'residency' | 'air_gap';
  readonly because: string;
}

/** The air gap that an option asks for. */
export function airGapOf(option: boolean | readonly string[] | undefined): AirGap {
  if (option === undefined || option === false) return undefined;
  return new Set(option === true ? [] : option.map((host) => host.toLowerCase()));
}

/** Every region that a call must stay in: by its own word, and by the rules for its tags. */
export function residenciesOf(options: CallOptions, rules: readonly RuleOptions[]): readonly string[] {
  if (options.residency === undefined && rules.length === 0) return noResidencies;
  const ruled = matching(options, rules).map(({ residency }) => residency);
  return [...new Set([options.residency, ...ruled].flatMap((each) => each?.toLowerCase() ?? []))];
}

const noResidencies: readonly string[] = [];

/** What a call is worth: by its own word, or the most that a rule for its tags says. */
export function worthOf(options: CallOptions, rules: readonly RuleOptions[]): number | undefined {
  if (options.value !== undefined) return options.value;
  const values = matching(options, rules).flatMap(({ value }) => value ?? []);
  return values.length === 0 ? undefined : Math.max(...values);
}

/** The rules for the tags of a call. */
export function matching({ tags = {} }: CallOptions, rules: readonly RuleOptions[]): readonly RuleOptions[] {
  return rules.filter(({ where }) => Object.entries(where).every(([tag, value]) => tags[tag] === value));
}

/** What forbids a request its place. A place of which nothing is known is in no region. Pure. */
export function placementBar(
  { url, region, residencies }: Pick<Call, 'url' | 'region' | 'residencies'>,
  airGap: AirGap,
): PlacementBar | undefined {
  const host = hostOf(url).toLowerCase();
  const name = host.replace(/:\d+$/, '');
  if (airGap && !isLoopback(name) && !airGap.has(host) && !airGap.has(name))
    return { constraint: 'air_gap', because: `'${host}' is neither on this machine nor listed in \`airGapped\`` };
  const broken = residencies.find((each) => region !== each && !region?.startsWith(`${each}-`));
  if (broken === undefined) return undefined;
  const where = region === undefined ? 'a region that is not known' : `'${region}'`;
  return { constraint: 'residency', because: `the call must stay in '${broken}', and '${host}' stands in ${where}` };
}

function isLoopback(name: string): boolean {
  return name === 'localhost' || name.endsWith('.localhost') || name === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(name);
}

/** What a caller is told whose request may not leave. */
export function placementMessage({ because }: PlacementBar): string {
  return `This call was not sent: ${because}. Route its model to a target that may take it, or say where a host stands in \`regions\`.`;
}

/** The last look before anything goes out, at routed calls and all others: what may not leave does not. */
export function placement(airGap: AirGap): Stage {
  return (call, next) => {
    const bar = placementBar(call, airGap);
    if (bar) return Promise.resolve(denialReply(call, 'residency', placementMessage(bar)));
    // A server that is allowed must not send the request on to one that is not.
    return next(airGap || call.residencies.length > 0 ? { ...call, init: { ...call.init, redirect: 'error' } } : call);
  };
}
