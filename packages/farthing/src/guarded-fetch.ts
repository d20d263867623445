import { appliesTo } from './budget/plan.js';
import type { Call, Purpose, Reply, SemanticMatch } from './call.js';
import type { CallRecord } from './call-record.js';
import { denialResponse } from './denial.js';
import type { Dialect } from './dialects/dialect.js';
import { openAIChat } from './dialects/openai-chat.js';
import type { BudgetOptions, CallOptions, Mode } from './options.js';
import { type AirGap, placementBar, placementMessage, residenciesOf } from './placement.js';
import { formatUsd } from './pricing/money.js';
import {
  type CallReader,
  dialectOf,
  parseObject,
  pathOf,
  type ReadRequest,
  readCall,
  readRequest,
  scopedOptions,
  usualPath,
} from './read-call.js';
import type { Recents } from './recents.js';
import { headerPrefix } from './scope.js';
import { type Stops, stoppedMessage } from './stop.js';
import { spendsUnmetered } from './unmetered.js';
import { unmeteredRecord } from './unmetered-record.js';
import type { Warn } from './warnings.js';
import type { Guard } from './wrap-client.js';

type Fetch = typeof globalThis.fetch;

/** What a guarded fetch is made of. */
export interface GuardOptions {
  /** The pipeline. */
  readonly handle: (call: Call) => Promise<Reply>;
  /** The fetch to end in where a client brings none of its own. @default globalThis.fetch */
  readonly send: Fetch | undefined;
  readonly reader: Omit<CallReader, 'purpose'>;
  readonly unmetered: UnmeteredPolicy;
  readonly exposeHeaders: boolean;
  readonly recents: Recents;
  /** Called as a call enters, in its caller's context. */
  readonly begin: (id: string) => void;
}

/** What happens to spend that no dialect reads. */
export interface UnmeteredPolicy {
  readonly budgets: () => readonly BudgetOptions[];
  readonly mode: Mode;
  readonly onUnmetered: 'record' | 'deny' | undefined;
  readonly stops: Stops;
  readonly airGap: AirGap;
  readonly emit: (record: CallRecord) => void;
  readonly warn: Warn;
}

/** Makes guarded fetches: each a plain, stable function that needs no `this`, one for each fetch underneath. */
export function createGuard(options: GuardOptions): Guard {
  /** Each with the fetch underneath. */
  const guarded = new WeakMap<Fetch, Fetch>();
  const made = { call: new Map<Fetch | undefined, Fetch>(), embedding: new Map<Fetch | undefined, Fetch>() };
  return {
    isGuarded: (fetch) => typeof fetch === 'function' && guarded.has(fetch as Fetch), // only membership is asked
    underneath: (fetch) => guarded.get(fetch),
    over: (send, purpose = 'call') => {
      const known = made[purpose].get(send);
      if (known) return known;
      const underneath = send ?? options.send ?? ((input, init) => globalThis.fetch(input, init));
      const fetch = createGuardedFetch(options, underneath, purpose);
      guarded.set(fetch, underneath);
      made[purpose].set(send, fetch);
      return fetch;
    },
  };
}

function createGuardedFetch(options: GuardOptions, send: Fetch, purpose: Purpose): Fetch {
  const { recents, exposeHeaders, handle } = options;
  const reader: CallReader = { ...options.reader, purpose };
  return async (input, init) => {
    // SDKs probe a custom fetch once with `data:,`.
    if (typeof input === 'string' && input.startsWith('data:')) return send(input, init);
    const request = readRequest(input, init);
    const dialect = dialectOf(reader.dialects, request.method, request.url);
    const bodyText = dialect && (await request.bodyText());
    const call = dialect && bodyText !== undefined ? readCall(reader, dialect, request, bodyText, send) : undefined;
    if (!call) return passOn(options.unmetered, reader, request, send, spendOf(request, dialect, bodyText));
    options.begin(call.id);
    const reply = await handle(call);
    return expose(call, reply, exposeHeaders ? recents.ended(call.id) : undefined);
  };
}

/** Whether a request that is no call spends money. A text that is no JSON does if the provider answers it all the same. */
type Spend = 'never' | 'always' | 'if answered';

function spendOf(request: ReadRequest, dialect: Dialect | undefined, bodyText: string | undefined): Spend {
  if (!dialect) return spendsUnmetered(request.method, usualPath(request.url)) ? 'always' : 'never';
  // A body of bytes, one that leaves the model to the server, and one that only some servers' parsers take are for the
  // gate what any other unread spend is.
  const malformed = bodyText !== undefined && !parseObject(bodyText) && !/\b(?:NaN|Infinity)\b/.test(bodyText);
  return malformed ? 'if answered' : 'always';
}

async function passOn(
  policy: UnmeteredPolicy,
  reader: CallReader,
  request: ReadRequest,
  send: Fetch,
  spend: Spend,
): Promise<Response> {
  const path = pathOf(request.url);
  if (spend === 'never' && !policy.airGap && request.method === 'GET') return send(...request.untouched);
  const { options, envelopes } = scopedOptions(reader, request.token);
  const unplaced = unplacedOf(policy, reader, request, options);
  if (spend === 'never' && !unplaced) return send(...request.untouched);
  const stopped = policy.stops.covers(options);
  const binding = (envelopes.length > 0 && policy.mode === 'enforce') || bindingBudgets(policy, options).length > 0;
  const onUnmetered = policy.onUnmetered ?? (binding ? 'deny' : 'record');
  if (unplaced !== undefined || stopped || (onUnmetered === 'deny' && spend === 'always')) {
    const code = unplaced !== undefined ? 'residency' : stopped ? 'stopped' : 'unmetered';
    const message = stopped
      ? stoppedMessage
      : (unplaced ??
        `What a request to ${path} costs can't be metered, and a hard budget holds here. Set \`onUnmetered: 'record'\` to let such requests pass and be recorded with an unknown cost.`);
    policy.emit(
      unmeteredRecord({
        request,
        options,
        provider: reader.placeOf(request.url)?.provider,
        nowMs: reader.now(),
        denial: { code, message },
        status: 402,
      }),
    );
    return denialResponse(openAIChat, code, message);
  }
  const response = await send(...request.untouched);
  if (spend === 'if answered' && !response.ok) return response;
  policy.warn('unmetered', `Requests to ${path} can't be metered: they are recorded with an unknown cost.`, path);
  policy.emit(
    unmeteredRecord({
      request,
      options,
      provider: reader.placeOf(request.url)?.provider,
      nowMs: reader.now(),
      denial: undefined,
      status: response.status,
    }),
  );
  return response;
}

/** Why a request that is no call must not leave: it may carry as much as one. */
function unplacedOf(
  { airGap }: UnmeteredPolicy,
  reader: CallReader,
  { url }: ReadRequest,
  options: CallOptions,
): string | undefined {
  const residencies = residenciesOf(options, reader.rules);
  const region = reader.regionOf(url, reader.placeOf(url)?.geo);
  const bar = placementBar({ url, region, residencies }, airGap);
  return bar && placementMessage(bar);
}

/** Why an answer in other words was given: codes and numbers, no text of any question. */
function exposeMatch(headers: Headers, match: SemanticMatch): void {
  headers.set(`${headerPrefix}-similarity`, match.similarity.toFixed(4));
  headers.set(`${headerPrefix}-entry`, match.entry);
  headers.set(`${headerPrefix}-age-ms`, String(match.ageMs));
  headers.set(`${headerPrefix}-reasons`, match.reasons.join(', '));
  headers.set(`${headerPrefix}-score`, match.score.toFixed(4));
  headers.set(`${headerPrefix}-bound`, `${match.bound.toFixed(4)}, ${match.proved ? 'proved' : 'unproved'}`);
}

function bindingBudgets({ budgets, mode }: UnmeteredPolicy, options: CallOptions): readonly BudgetOptions[] {
  return budgets().filter(
    (budget) => (budget.hard ?? true) && (budget.mode ?? mode) === 'enforce' && appliesTo(budget, options.tags ?? {}),
  );
}

/** Tells the caller which call this was. What it cost only on request: applications forward headers. */
function expose(call: Call, { response, source }: Reply, record: CallRecord | undefined): Response {
  const { headers } = response;
  headers.set(`${headerPrefix}-id`, call.id);
  headers.set(`${headerPrefix}-source`, source);
  if (!record) return response;
  if (record.costNanoUsd !== null) headers.set(`${headerPrefix}-cost`, formatUsd(record.costNanoUsd));
  headers.set(`${headerPrefix}-saved`, formatUsd(record.savedNanoUsd));
  if (record.servedModel !== undefined)
    headers.set(`${headerPrefix}-model`, record.servedModel.replace(/[^\x20-\x7e]/g, '?'));
  if (record.route?.target !== undefined)
    headers.set(`${headerPrefix}-target`, record.route.target.replace(/[^\x20-\x7e]/g, '?'));
  if (record.source === 'semantic' && record.semantic) exposeMatch(headers, record.semantic);
  const left = record.budgets.flatMap(({ remainingNanoUsd }) => (remainingNanoUsd === null ? [] : [remainingNanoUsd]));
  if (left.length > 0) headers.set(`${headerPrefix}-budget-left`, formatUsd(Math.min(...left)));
  return response;
}
