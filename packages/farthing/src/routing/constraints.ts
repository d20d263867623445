import type { Call } from '../call.js';
import { type AirGap, placementBar } from '../placement.js';
import type { Capability } from './route-options.js';
import type { Target } from './targets.js';

/** Why a target can't, or may not, take a call. */
export interface Bar {
  readonly constraint: Capability | 'contextWindow' | 'hostedTools' | 'state' | 'residency' | 'air_gap';
  /** In words. */
  readonly because: string;
}

/** What a call asks of any target, read once. */
export interface Demands {
  readonly needs: readonly Capability[];
  /** Upper bound of the tokens it takes up, with its answer; `undefined`: the request does not say. */
  readonly tokens: number | undefined;
  /** Tools that its provider runs. */
  readonly hostedTools: boolean;
  /** What it goes on from lies at its provider. */
  readonly state: boolean;
}

/** Tokens that no text of the request stands for: roles, separators, a provider's own preamble. */
const spareTokens = 4096;

/**
 * What a call demands. A long text is measured only where its bytes would not fit: no tokenizer makes more tokens of a
 * text than it has bytes.
 * @param leastWindow the smallest window of any target, in tokens
 */
export function demandsOf(call: Call, leastWindow: number): Demands {
  const { dialect } = call;
  const body = call.requested.body;
  const needs = dialect.needs(body);
  const bar = dialect.cacheBar(body);
  const output = dialect.maxOutputTokens(body) ?? 0;
  const onlyText = !needs.some((need) => need === 'vision' || need === 'audio' || need === 'files');
  const coarse = 3 * call.bodyText.length + output + spareTokens;
  const isSmall = onlyText && bar === undefined && coarse <= leastWindow;
  const measure = isSmall || leastWindow === Infinity ? undefined : dialect.measure(body, { maxOutputTokens: 0 });
  return {
    needs,
    tokens: measure ? (measure.bounded ? measure.bound.inputTokens + output : undefined) : coarse,
    hostedTools: bar === 'hosted_tools',
    state: bar === 'stateful' || bar === 'background' || dialect.continues?.(body) !== undefined,
  };
}

/** Where a target would put the call. */
export interface Place {
  readonly url: string;
  readonly region: string | undefined;
  /** The caller's own server. */
  readonly isOwn: boolean;
}

/**
 * What speaks against a target for a call. Pure.
 * @param demands what the call asks of any target
 * @param target with its window as it is known
 * @param largest the largest window of all targets, in tokens
 */
export function barsOf(
  call: Pick<Call, 'requested' | 'residencies'>,
  demands: Demands,
  target: Pick<Target, 'model' | 'capabilities'> & { readonly contextWindow: number | undefined },
  places: readonly Place[],
  { airGap, largest }: { readonly airGap: AirGap; readonly largest: number },
): readonly Bar[] {
  const bars: Bar[] = [];
  // Servers of a pool that may not be asked are left out; where none is left, the target is.
  const placed = places.map((place) => placementBar({ ...place, residencies: call.residencies }, airGap));
  const [unplaced] = placed;
  if (unplaced && placed.every(Boolean)) bars.push(unplaced);
  const window = target.contextWindow;
  if (window !== undefined && demands.tokens !== undefined && demands.tokens > window)
    bars.push({
      constraint: 'contextWindow',
      because: `the request and its answer may take ${demands.tokens} tokens, and its window has ${window}`,
    });
  if (window !== undefined && demands.tokens === undefined && window < largest)
    bars.push({
      constraint: 'contextWindow',
      because: `the request does not say how long it is, and another window is larger than ${window} tokens`,
    });
  for (const need of demands.needs)
    if (!can(target, need, call.requested.model))
      bars.push({ constraint: need, because: `it can't do \`${need}\`, as far as its \`capabilities\` say` });
  const isElsewhere = places.some(({ isOwn }) => !isOwn);
  if (demands.hostedTools && isElsewhere)
    bars.push({ constraint: 'hostedTools', because: 'tools that the provider runs are at the caller’s own server' });
  if (demands.state && isElsewhere)
    bars.push({ constraint: 'state', because: 'what the request goes on from is kept at the caller’s own server' });
  return bars;
}

/** A caller who names a model knows what it can do; audio is what few others can. */
function can(
  { model, capabilities }: Pick<Target, 'model' | 'capabilities'>,
  need: Capability,
  named: string,
): boolean {
  return capabilities[need] ?? (model === named || need !== 'audio');
}
