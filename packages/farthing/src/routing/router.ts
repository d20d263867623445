import { LRUCache } from 'lru-cache';
import type { Call, Completion } from '../call.js';
import { hostOf } from '../call-record.js';
import type { Mode } from '../options.js';
import { type AirGap, placementBar, placementMessage } from '../placement.js';
import { fractionOf } from '../platform.js';
import type { Price, PriceBook } from '../pricing/price.js';
import type { Warn } from '../warnings.js';
import { isCheaperToStay, warmPrefixOf } from './affinity.js';
import { barsOf, demandsOf } from './constraints.js';
import { createConversations, type Place } from './conversations.js';
import { type Candidate, type Decided, decide, type RouteReason } from './decide.js';
import type { Learnings } from './learning/learnings.js';
import { type LegMaker, legFor, placeFor } from './leg.js';
import { inOrderFor } from './pool.js';
import type { RouteDecision } from './route-decision.js';
import type { Endpoint, Route, Target } from './targets.js';
import { scoreBy } from './user-scorer.js';

/** One thing to try: a server of a target. */
export interface Attempt {
  readonly target: Target;
  readonly leg: Call;
  /** Names the server and the model for the breakers. */
  readonly server: string;
}

/** Where a call goes, and where else if that fails. */
export interface Plan {
  readonly decision: RouteDecision;
  /** Best first; empty where the call may go nowhere. */
  readonly attempts: readonly Attempt[];
  /** The servers of one target that may take it, whether or not the plan falls back to it. */
  readonly attemptsAt: (target: string) => readonly Attempt[];
  /** Why it may go nowhere. */
  readonly denial: { readonly code: 'residency' | 'no_target'; readonly message: string } | undefined;
  /** Decide and record only. */
  readonly isObserved: boolean;
  /** The strongest target that may take the call: what an error of another one's making is compared with. */
  readonly strongest: string | undefined;
  /** Remembers where the conversation is, and lets the route learn from the answer. */
  readonly ended: (target: string, completion: Completion) => void;
  /** What the call is compared with: the price of the model that was named, else of the strongest target. */
  readonly list: { readonly model: string; readonly price: Price | undefined };
}

/** What a router takes from the gate. */
export interface RouterOptions extends LegMaker {
  readonly routes: () => ReadonlyMap<string, Route>;
  readonly learnings: Learnings;
  readonly priceBook: PriceBook;
  readonly airGap: AirGap;
  readonly mode: Mode;
  /** The least share that any budget of the call has left, 0 to 1; `undefined` where none holds for it. */
  readonly shareLeft: (call: Call) => Promise<number | undefined>;
  readonly now: () => number;
  readonly warn: Warn;
}

/** Plans where calls go. */
export interface Router {
  /** `undefined`: no route is for this call, and it goes on as it is. Asks nobody but the ledger. */
  readonly plan: (call: Call) => Promise<Plan | undefined>;
}

/** Conversations whose place is remembered; the oldest are forgotten first. */
const maxConversations = 10_000;

/** A router over routes that may change between calls. */
export function createRouter(options: RouterOptions): Router {
  const { priceBook, airGap, now, learnings } = options;
  const conversations = createConversations();
  /** By the id of an answer that its provider keeps: where it was made, and for which conversation. */
  const kept = new LRUCache<string, { readonly target: string; readonly conversation: string }>({
    max: maxConversations,
  });

  return {
    plan: async (call) => {
      const route = call.dialect.operation === 'chat' ? options.routes().get(call.requested.model) : undefined;
      if (!route || (route.family !== undefined && route.family !== call.dialect.homeProvider)) return undefined;
      return planFor(call, route);
    },
  };

  async function planFor(call: Call, route: Route): Promise<Plan> {
    const earlier = call.dialect.continues?.(call.requested.body);
    const before = earlier === undefined ? undefined : kept.get(keyOf(call, earlier));
    const turn = call.dialect.firstTurn(call.requested.body) ?? '';
    const conversation = before?.conversation ?? `${call.scope}\n${turn}`;
    const windows = route.targets.map((target) => target.contextWindow ?? priceOf(call, target)?.contextWindow);
    const known = windows.filter((window) => window !== undefined);
    const demands = demandsOf(call, Math.min(...known));
    const candidates = route.targets.map((target, index): Candidate => {
      const contextWindow = windows[index];
      const places = target.endpoints.map((endpoint) => placeFor(call, target, endpoint, options));
      const bars = barsOf(call, demands, { ...target, contextWindow }, places, { airGap, largest: Math.max(...known) });
      // What is known to be kept there is no reason against it.
      const ownState = target.name === before?.target;
      return {
        name: target.name,
        contextWindow,
        bars: ownState ? bars.filter(({ constraint }) => constraint !== 'state') : bars,
      };
    });
    const draw = fractionOf(`${conversation}\n${route.name}`);
    const learning = learnings.of(route);
    const epoch = learning?.epoch() ?? 0;
    const remembered = isOpening(call, turn) ? undefined : conversations.placeOf(conversation);
    // What was chosen before a revocation is chosen anew.
    const place = remembered?.epoch === epoch ? remembered : undefined;
    const standing = place ?? (await learning?.standingOf(call, turn, draw));
    const scoredRank = standing?.isScored ? standing.rank : undefined;
    const score = learning ? standing?.score : scoreBy(route, turn, options.warn);
    const share = learning?.strongShare() ?? route.share;
    const low = route.stepDownBelow;
    const left = low === undefined || call.purpose === 'audit' ? undefined : await options.shareLeft(call);
    const decided = decide(candidates, {
      pin: call.options.pin,
      held: before?.target,
      isAudit: call.purpose === 'audit',
      budgetLow: low !== undefined && left !== undefined && left < low,
      value: call.value,
      high: route.high,
      low: route.low,
      score,
      threshold: route.threshold,
      rank: scoredRank,
      share,
      draw,
      place: place && { ...place, isCheaperThan: (other) => isCheaper(call, route, place, other) },
    });
    const isObserved = (route.mode ?? options.mode) === 'observe';
    const strongest = candidates.findLast(({ bars }) => bars.length === 0)?.name ?? decided.target;
    const names = fallbackOrder(
      candidates,
      // What is only observed goes, where none but a target can answer it, to the strongest.
      isObserved ? { ...decided, target: strongest } : decided,
      route.fallback,
    );
    const attempts = names.flatMap((name) => attemptsAt(call, route, name, conversation));
    return {
      decision: {
        route: route.name,
        chosen: decided.target,
        target: decided.target,
        reason: decided.reason,
        score,
        threshold: route.threshold,
        rank: scoredRank,
        strongShare: share,
        draw,
        value: call.value,
        budgetLeft: left,
        barred: candidates.flatMap(({ name, bars }) => bars.map((bar) => ({ target: name, ...bar }))),
        failed: [],
        observed: isObserved,
      },
      attempts,
      attemptsAt: (name) =>
        candidates.some((each) => each.name === name && each.bars.length === 0)
          ? attemptsAt(call, route, name, conversation)
          : [],
      denial: attempts.length > 0 ? undefined : denialOf(call, route, candidates),
      isObserved,
      strongest,
      ended: (target, completion) => {
        if (call.purpose !== 'call' || completion.httpStatus >= 400) return;
        const rank = standing?.rank ?? 1 - draw;
        if (turn !== '') {
          const chosen = place?.chosen ?? decided.target ?? target;
          conversations.put(conversation, {
            chosen,
            target,
            rank,
            score,
            isScored: standing?.isScored ?? false,
            epoch,
            warm: warmAt(call, route, target, completion),
          });
        }
        // What was said beside the scores is no fair sample of them.
        // What does something at its provider, or adds to what is kept there, must not be done twice.
        const isHarmless = call.dialect.cacheBar(call.requested.body) === undefined;
        const isFair = isHarmless && fairReasons.has(decided.reason) && bothEndsFit(candidates);
        learning?.answered({ call, turn, rank, score: place ? undefined : score, target, completion, isFair, epoch });
        if (!call.dialect.continues || completion.answer?.id === undefined) return;
        for (const id of [completion.answer.id, earlier])
          if (id !== undefined) kept.set(keyOf(call, id), { target, conversation });
      },
      list: listOf(call, route),
    };
  }

  function isCheaper(call: Call, route: Route, { target, warm }: Place, other: string): boolean {
    return isCheaperToStay(warm, priceAt(call, route, target), priceAt(call, route, other), now());
  }

  function warmAt(call: Call, route: Route, target: string, { usage }: Completion): Place['warm'] {
    return usage && warmPrefixOf(usage, priceAt(call, route, target), now());
  }

  function priceAt(call: Call, route: Route, name: string): Price | undefined {
    const target = route.targets.find((each) => each.name === name);
    return target && priceOf(call, target);
  }

  function attemptsAt(call: Call, route: Route, name: string, conversation: string): readonly Attempt[] {
    const target = route.targets.find((each) => each.name === name);
    if (!target) return [];
    return inOrderFor(conversation, target.endpoints).flatMap((endpoint): readonly Attempt[] => {
      const leg = legFor(call, target, endpoint, options);
      return placementBar(leg, airGap) ? [] : [{ target, leg, server: serverOf(leg, endpoint, target) }];
    });
  }

  function priceOf(call: Call, { price, model, endpoints: [first] }: Target): Price | undefined {
    const place = first?.baseURL === undefined ? call : options.placeOf(first.baseURL);
    return price ?? priceBook.find({ provider: place?.provider ?? call.dialect.homeProvider, model, atMs: now() });
  }

  function listOf(call: Call, { targets }: Route): Plan['list'] {
    const named = call.requested.model;
    const asNamed = targets.find(({ model }) => model === named);
    const price = asNamed
      ? priceOf(call, asNamed)
      : priceBook.find({ provider: call.provider, model: named, atMs: now() });
    const last = targets.at(-1);
    return price || !last ? { model: named, price } : { model: last.model, price: priceOf(call, last) };
  }
}

/** Decisions that a lot or a score made: what they lose is what is promised to be small. */
const fairReasons: ReadonlySet<RouteReason> = new Set<RouteReason>(['score', 'share', 'affinity', 'conversation']);

function bothEndsFit(candidates: readonly Candidate[]): boolean {
  return candidates.at(0)?.bars.length === 0 && candidates.at(-1)?.bars.length === 0;
}

/** Whether the turn that opens the conversation is also the last one: nothing of it is anywhere yet. */
function isOpening(call: Call, turn: string): boolean {
  return call.dialect.lastTurn(call.requested.body)?.text === turn;
}

/** Of one scope alone: an answer's id that another tenant names opens nothing. */
function keyOf(call: Call, id: string): string {
  return `${call.scope}\n${call.dialect.name}\n${id}`;
}

/** Where a limit on calls is one of the account's, other accounts are not kept away by it. */
function serverOf(leg: Call, endpoint: Endpoint, target: Target): string {
  return `${endpoint.baseURL ?? hostOf(leg.url)}\n${target.model}`;
}

/** The chosen target, then stronger ones, then weaker ones, the strongest first: as far as they may and can take the call. */
function fallbackOrder(
  candidates: readonly Candidate[],
  { target, reason }: Decided,
  fallback: Route['fallback'],
): readonly string[] {
  if (target === undefined) return [];
  if (reason === 'pinned' || reason === 'no_fit' || reason === 'conversation' || fallback === 'none') return [target];
  const fitting = candidates.filter(({ bars }) => bars.length === 0).map(({ name }) => name);
  const at = fitting.indexOf(target);
  const weaker = fallback === 'any' ? fitting.slice(0, at).reverse() : [];
  return [target, ...fitting.slice(at + 1), ...weaker];
}

function denialOf(call: Call, { name, targets }: Route, candidates: readonly Candidate[]): Plan['denial'] {
  const { pin } = call.options;
  const pinned = candidates.filter((each) => pin === undefined || each.name === pin);
  const bar = pinned.flatMap(({ bars }) => bars).find(({ constraint }) => /^(?:residency|air_gap)$/.test(constraint));
  if (bar?.constraint === 'residency' || bar?.constraint === 'air_gap')
    return { code: 'residency', message: placementMessage({ constraint: bar.constraint, because: bar.because }) };
  return {
    code: 'no_target',
    message: `\`pin\` names '${pin}', and route '${name}' has no target of that name, but ${targets.map((each) => `'${each.name}'`).join(', ')}.`,
  };
}
