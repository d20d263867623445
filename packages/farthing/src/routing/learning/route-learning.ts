import type { Judge } from '../../audit/judge.js';
import type { Call, Completion } from '../../call.js';
import type { OutcomeRecord } from '../../outcome-record.js';
import type { Warn } from '../../warnings.js';
import { within } from '../../within.js';
import { turnContextOf } from '../features/turn-context.js';
import type { Model } from '../predictor/model.js';
import { createLearningFiles, type LearningFiles, type Saved } from './learning-files.js';
import { createLossControl, type DrawnLoss } from './loss-control.js';
import { levels } from './loss-table.js';
import { createOutcomeIntake } from './outcome-intake.js';
import { createPairAudits, textOf } from './pair-audits.js';
import { type Compare, comparisonBy, type Grade, type Qualities } from './quality.js';
import type { RouteLearningReport } from './route-learning-report.js';
import { createScopedRanks } from './scoped-ranks.js';
import type { RoutedCall, ToldOutcomes } from './told-outcomes.js';
import { createTrafficLearner, type TrafficLearner } from './traffic-learner.js';

/** Where a call stands among the calls of its route. */
export interface Standing {
  /** Which share of calls needs the strongest target less, 0 to 1: by its score, or by lot where no score tells. */
  readonly rank: number;
  /** The expected gain of the strongest target, or what a scorer of the user's says; `undefined` without evidence. */
  readonly score: number | undefined;
  /** Whether its score gave it its rank. */
  readonly isScored: boolean;
}

/** A call that was answered, as its route may learn from it. */
export interface AnsweredCall {
  readonly call: Call;
  readonly turn: string;
  readonly rank: number;
  /** Its score, where it opened a conversation: each counts once. */
  readonly score: number | undefined;
  /** The name of the target that answered. */
  readonly target: string;
  readonly completion: Completion;
  /** In which it was decided. */
  readonly epoch: number;
  /** Whether a score or a lot sent it there, and both targets might have had it. */
  readonly isFair: boolean;
}

/** What one route learns from its own traffic. Nothing here fails a call. */
export interface RouteLearning {
  readonly standingOf: (call: Call, turn: string, draw: number) => Promise<Standing>;
  /** Counts revocations: what was decided in an earlier epoch rests on what was given up since. */
  readonly epoch: () => number;
  /** The share of calls that goes to the strongest target just now. */
  readonly strongShare: () => number;
  /** Takes in an answer; some, drawn by lot, are compared with the other target's. */
  readonly answered: (answered: AnsweredCall) => void;
  /** How good an answer was, 0 to 1, by the application's own word; false for a call that is not, or no longer, known. */
  readonly told: (id: string, quality: number) => Promise<boolean>;
  readonly report: () => RouteLearningReport;
  /** All that a later learning of the same route needs. */
  readonly saved: () => Saved;
  /** Resolves when what was known before the start is known again. Never rejects. */
  readonly ready: Promise<void>;
  /** Resolves when all audits have ended and are learned. */
  readonly idle: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** What learning takes from its route and from the gate. */
export interface RouteLearningOptions {
  readonly route: string;
  readonly weak: string;
  readonly strong: string;
  /** The policy's share for the strongest target. */
  readonly share: number;
  readonly maxQualityLoss: number | undefined;
  /** A scorer of the user's own; without one, the learned one scores. */
  readonly scorer: ((turn: string) => number | undefined) | undefined;
  readonly auditRate: number;
  readonly judge: Judge | undefined;
  readonly grade: Grade | undefined;
  readonly trained: Model | undefined;
  readonly dir: string | undefined;
  /** What gives the evidence its meaning: targets, judge, scorer, embedder. Evidence under another one is not taken up. */
  readonly fingerprint: string;
  readonly embed: ((text: string) => Promise<Float32Array>) | undefined;
  /** Whether the embedder is behind a URL: texts that must stay are not put to it. */
  readonly isRemote: boolean;
  readonly ask: (call: Call, target: string) => Promise<Completion>;
  readonly emit: (record: OutcomeRecord) => void;
  readonly onRevoked: (report: RouteLearningReport) => void;
  /** Calls of which the application may still tell. */
  readonly told: ToldOutcomes;
  /** What the learning that this one follows knew; it wins over the directory. */
  readonly earlier: Saved | undefined;
  /** Resolves when the directory is free: who learned for this route before has left it. */
  readonly after: Promise<void>;
  readonly random: () => number;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly warn: Warn;
}

/** How long closing waits for audits that were sent, so that their bills are booked. */
const closeMs = 3000;

/** Learning for one route. */
export function createRouteLearning(options: RouteLearningOptions): RouteLearning {
  const { route, weak, told, random, now, warn } = options;
  const compare: Compare = comparisonBy(options);
  const ranks = createScopedRanks();
  const control =
    options.maxQualityLoss === undefined ? undefined : createLossControl(options.maxQualityLoss, options.share);
  const audits = createPairAudits({ ask: options.ask, compare, now, warn });
  const intake = createOutcomeIntake({
    ...options,
    learn: (outcome) => learner.add(outcome),
    onError: () => trouble('an outcome could not be learned.'),
  });
  const trouble = (message: string): void => warn('routing_error', `Route '${route}': ${message}`, `${route}/learning`);
  let audited = 0;
  let learner = newLearner(undefined);
  const files: LearningFiles | undefined =
    options.dir === undefined
      ? undefined
      : createLearningFiles({
          dir: options.dir,
          route,
          evidence: evidenceText,
          learner: () => learner.snapshot(),
          onError: (message) => trouble(`${message} What was learned since is lost in a restart.`),
        });
  const ready = open();

  function newLearner(saved: string | undefined): TrafficLearner {
    return createTrafficLearner({
      trained: options.trained,
      saved,
      random,
      onRefit: (scores) => {
        if (!options.scorer) ranks.replace(scores);
        files?.changed('all');
      },
      onError: (error) =>
        trouble(`the predictor could not be fitted (${error instanceof Error ? error.message : typeof error}).`),
    });
  }

  async function open(): Promise<void> {
    try {
      if (options.earlier) restore(options.earlier);
      await options.after;
      const found = await files?.open();
      if (found && !options.earlier) restore(found);
    } catch (error) {
      trouble(`its directory can’t be used: ${error instanceof Error ? error.message : typeof error}`);
    }
  }

  function restore(saved: Saved): void {
    if (saved.evidence === undefined && saved.learner === undefined) return;
    try {
      const evidence = JSON.parse(saved.evidence ?? '{}') as Record<string, unknown>; // whatever it is, it is looked at below
      if (evidence['fingerprint'] !== options.fingerprint) {
        trouble('its targets, judge, scorer or embedder have changed: it learns anew.');
        return;
      }
      if (saved.learner !== undefined) learner = newLearner(saved.learner);
      const { scores, audited: count } = evidence;
      if (Array.isArray(scores)) ranks.replace(scores.filter((score) => typeof score === 'number'));
      audited = Number.isSafeInteger(count) ? Number(count) : 0;
      if (control && evidence['control'] !== undefined && !control.restore(evidence['control']))
        trouble('what was proved was under another promise, or can’t be read: it is proved anew.');
    } catch (error) {
      trouble(`what it learned before can’t be used: ${error instanceof Error ? error.message : typeof error}`);
    }
  }

  function evidenceText(): string {
    const { fingerprint } = options;
    return JSON.stringify({ fingerprint, audited, control: control?.snapshot(), scores: ranks.recent() });
  }

  /** How far a call speaks for what is to be proved, by lot; 0: it is not drawn. */
  function draw(rank: number): { readonly upTo: number; readonly isFree: boolean } {
    const lot = random();
    if (!control) return { upTo: lot < options.auditRate ? levels : 0, isFree: false };
    const { probability, forAll, upTo, isFree } = control.drawOf(rank, options.auditRate);
    if (lot < forAll) return { upTo: levels, isFree: false };
    return { upTo: lot < probability ? upTo : 0, isFree };
  }

  function count(
    id: string,
    call: RoutedCall,
    drawn: Omit<DrawnLoss, 'gain' | 'routed'> & { readonly epoch: number },
    seen: Qualities | undefined,
  ): void {
    if (seen) {
      audited++;
      intake.take(id, call, seen, true);
    }
    // what was lost counts as a loss
    const gain = seen ? seen.strong - seen.weak : 1;
    // what was drawn before a revocation was ranked by what is forgotten
    const isOfNow = drawn.epoch === epoch();
    const revoked = (isOfNow && control?.count({ ...drawn, gain, routed: call.routed })) ?? false;
    if (revoked) {
      learner.forget();
      ranks.replace([]);
      options.onRevoked(report());
    }
    files?.changed(revoked ? 'all' : 'evidence');
  }

  function report(): RouteLearningReport {
    const { isEnough, outcomes, apgr, atLeast } = learner.evidence();
    return {
      strongShare: strongShare(),
      outcomes: learner.outcomes(),
      evidence: { isEnough: learner.hasEvidence(), outcomes, apgr, atLeast },
      isScored: options.scorer !== undefined || isEnough,
      audits: audited,
      auditNanoUsd: audits.spentNanoUsd(),
      loss: control?.report(),
    };
  }

  function epoch(): number {
    return control?.epoch() ?? 0;
  }

  function strongShare(): number {
    return control ? control.strongShare() : options.share;
  }

  async function scoreOf(call: Call, turn: string): Promise<number | undefined> {
    if (options.scorer) return options.scorer(turn);
    if (!learner.hasEvidence()) return undefined;
    return learner.score(await intake.featuresOf(routedCall(call, turn, 'strong')));
  }

  function routedCall(call: Call, turn: string, routed: RoutedCall['routed']): RoutedCall {
    return {
      turn,
      context: turnContextOf(call.dialect, call.requested.body),
      routed,
      atMs: call.startedAtMs,
      mustStay: call.residencies.length > 0,
    };
  }

  return {
    ready,
    epoch,
    strongShare,
    report,
    saved: () => ({ evidence: evidenceText(), learner: learner.snapshot() }),
    standingOf: async (call, turn, draw) => {
      await ready;
      const score = await scoreOf(call, turn);
      const rank = score === undefined ? undefined : ranks.rankOf(call.scope, score, 1 - draw);
      return { score, rank: rank ?? 1 - draw, isScored: rank !== undefined };
    },
    answered: ({ call, turn, rank, score, target, completion, isFair, epoch: decidedIn }) => {
      if (score !== undefined) ranks.add(call.scope, score);
      const routed = target === weak ? 'weak' : target === options.strong ? 'strong' : undefined;
      if (!routed) return;
      const answer = textOf(completion);
      const known = routedCall(call, turn, routed);
      if (answer !== undefined) told.remember(call.id, known);
      // Who stops reading, and whom a budget cut short, says nothing of the target.
      const isSpoilt = completion.status === 'cancelled' || completion.altered;
      // A judge may be anywhere: what must stay is not shown to it.
      const mayBeJudged = !known.mustStay || (!options.judge && !options.grade);
      if (!isFair || isSpoilt || !mayBeJudged || !audits.isOpen()) return;
      // Drawn before its answer is looked at: one that broke at the cheapest target is a loss like another.
      const { upTo, isFree } = draw(rank);
      if (upTo === 0) return;
      if (answer === undefined) {
        if (routed === 'weak') count(call.id, known, { rank, upTo, epoch: decidedIn }, undefined);
        return;
      }
      const other = isFree && routed === 'strong' ? undefined : routed === 'weak' ? options.strong : weak;
      const drawn = { rank, upTo, epoch: decidedIn };
      audits.check({
        call,
        turn,
        routed,
        answer,
        other,
        done: (seen) => count(call.id, known, drawn, seen),
      });
    },
    told: async (id, quality) => {
      const call = told.take(id);
      if (!call) return false;
      intake.take(id, call, { [call.routed]: quality }, false);
      await intake.idle();
      return true;
    },
    idle: async () => {
      await ready;
      await audits.idle();
      await intake.idle();
      await learner.idle();
    },
    close: async () => {
      await ready;
      await within(closeMs, audits.idle());
      audits.close();
      await intake.idle();
      learner.close();
      await files?.close();
    },
  };
}
