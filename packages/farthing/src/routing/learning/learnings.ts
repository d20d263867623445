import type { Embedder } from '../../cache/embedder.js';
import { createEmbeddings } from '../../cache/semantic/embeddings.js';
import type { Call, Completion } from '../../call.js';
import type { OutcomeRecord } from '../../outcome-record.js';
import { fileSystem, sha256 } from '../../platform.js';
import type { NanoUsd } from '../../pricing/money.js';
import type { Warn } from '../../warnings.js';
import type { Model } from '../predictor/model.js';
import { everyRoute, readPredictorFile } from '../predictor-file.js';
import type { Route } from '../targets.js';
import { scoreBy } from '../user-scorer.js';
import { createRouteLearning, type RouteLearning } from './route-learning.js';
import type { RouteLearningReport } from './route-learning-report.js';
import { createToldOutcomes, type ToldOutcomes } from './told-outcomes.js';

/** What the routes of a gate learn, each by itself. */
export interface Learnings {
  /** `undefined`: the route does not learn. */
  readonly of: (route: Route) => RouteLearning | undefined;
  readonly report: () => Readonly<Record<string, RouteLearningReport>>;
  /** How good an answer was, 0 to 1, by the application's own word; false for a call that no route remembers. */
  readonly told: (id: string, quality: number) => Promise<boolean>;
  readonly idle: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** What learning takes from the gate. */
export interface LearningParts {
  /** The semantic cache's embedder, with the vectors that it knows; `undefined` where there is none. */
  readonly cacheEmbedder: CacheEmbedder | undefined;
  /** The gate's own fetch, so that embeddings are metered. */
  readonly embedFetch: typeof globalThis.fetch;
  /** Sends calls again, each to the target that is named, under a daily limit of its own. */
  readonly auditor: (route: string, limit: NanoUsd | undefined) => (call: Call, target: string) => Promise<Completion>;
  readonly onOutcome: (record: OutcomeRecord) => void;
  readonly onRevoked: (route: string, report: RouteLearningReport) => void;
  readonly now: () => number;
  readonly warn: Warn;
}

/** Embeddings that a cache has already. */
export interface CacheEmbedder {
  readonly embedder: Embedder;
  readonly embed: (text: string) => Promise<Float32Array>;
}

const defaultAuditRate = 0.05;
const embedTimeoutMs = 500;

interface Kept {
  readonly route: Route;
  readonly fingerprint: string;
  readonly learning: RouteLearning;
  readonly told: ToldOutcomes;
}

/** Learning for the routes that want it. One that is changed keeps what it knows, unless its targets, its judge or its scorer are others. */
export function createLearnings(parts: LearningParts): Learnings {
  const { now, warn } = parts;
  const kept = new Map<string, Kept>();
  /** Embedders of the routes' own, each over this gate's fetch. */
  const own = new Map<Embedder, CacheEmbedder>();
  const all = (): RouteLearning[] => [...kept.values()].map(({ learning }) => learning);
  return {
    of: (route) => {
      if (!route.learn) return undefined;
      const before = kept.get(route.name);
      if (before?.route === route) return before.learning;
      const fingerprint = fingerprintOf(route, embedderOf(route, parts, own)?.embedder.id);
      const told = before?.fingerprint === fingerprint ? before.told : createToldOutcomes();
      const learning = learn(route, fingerprint, told, before);
      kept.set(route.name, { route, fingerprint, learning, told });
      return learning;
    },
    report: () => Object.fromEntries([...kept].map(([name, { learning }]) => [name, learning.report()])),
    told: async (id, quality) => {
      for (const learning of all()) if (await learning.told(id, quality)) return true;
      return false;
    },
    idle: async () => {
      await Promise.all(all().map((learning) => learning.idle()));
    },
    close: async () => {
      await Promise.all(all().map((learning) => learning.close()));
    },
  };

  function learn(route: Route, fingerprint: string, told: ToldOutcomes, before: Kept | undefined): RouteLearning {
    const earlier = before?.fingerprint === fingerprint ? before.learning.saved() : undefined;
    const { name, targets, share, maxQualityLoss, scorer, learn: given = {} } = route;
    const embedding = embedderOf(route, parts, own);
    return createRouteLearning({
      route: name,
      weak: targets[0]?.name ?? '',
      strong: targets.at(-1)?.name ?? '',
      share,
      maxQualityLoss,
      scorer: scorer && ((turn) => scoreBy(route, turn, warn)),
      auditRate: given.auditRate ?? defaultAuditRate,
      judge: given.judge,
      grade: given.grade,
      trained: given.model === undefined ? undefined : trainedModel(name, given.model, embedding?.embedder.id),
      dir: given.dir,
      fingerprint,
      embed: embedding?.embed,
      isRemote: embedding?.embedder.through !== undefined,
      ask: parts.auditor(name, given.auditBudget),
      emit: parts.onOutcome,
      onRevoked: (report) => parts.onRevoked(name, report),
      random: given.random ?? Math.random,
      told,
      earlier,
      after: before?.learning.close() ?? Promise.resolve(),
      now,
      warn,
    });
  }

  function trainedModel(route: string, path: string, embedder: string | undefined): Model | undefined {
    const refuse = (why: string): undefined => {
      warn('routing_error', `Route '${route}' goes on without ${path}: ${why}`, `${route}/${path}`);
    };
    try {
      const file = readPredictorFile(fileSystem().readFileSync(path, 'utf8'));
      const model = file.routes.get(route) ?? file.routes.get(everyRoute);
      if (!model)
        return refuse(`expected a route '${route}' in it, got ${[...file.routes.keys()].join(', ') || 'none'}.`);
      if (file.embedder !== undefined && file.embedder !== embedder)
        return refuse(`expected it to be trained with the embedder '${embedder ?? 'none'}', got '${file.embedder}'.`);
      return model;
    } catch (error) {
      return refuse(error instanceof Error ? error.message : typeof error);
    }
  }
}

/** The route's own embedder, or the cache's. */
function embedderOf(
  { learn }: Route,
  { cacheEmbedder, embedFetch }: LearningParts,
  own: Map<Embedder, CacheEmbedder>,
): CacheEmbedder | undefined {
  const given = learn?.embedder;
  if (!given || given === cacheEmbedder?.embedder) return cacheEmbedder;
  const before = own.get(given);
  if (before) return before;
  const embeddings = createEmbeddings(given.through?.(embedFetch) ?? given, embedTimeoutMs);
  const made: CacheEmbedder = { embedder: given, embed: async (text) => (await embeddings.of(text)).vector };
  own.set(given, made);
  return made;
}

/** Answers of other targets, or judged otherwise, say nothing of these. */
function fingerprintOf({ targets, learn, scorer }: Route, embedder: string | undefined): string {
  const ends = [targets[0], targets.at(-1)].map((target) => [
    target?.model,
    target?.params ?? null,
    target?.endpoints.map(({ baseURL }) => baseURL ?? null),
  ]);
  // Their code tells a function that was changed; `version` tells what it takes from elsewhere.
  const judges = [learn?.judge, learn?.grade, scorer?.score].map((each) => each?.toString() ?? null);
  return sha256(JSON.stringify([ends, judges, learn?.version ?? null, embedder ?? null]));
}
