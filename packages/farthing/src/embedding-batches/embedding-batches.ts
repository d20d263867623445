import type { Call } from '../call.js';
import { type EmbeddingRequest, type JointEmbeddings, jointEmbeddingsOf } from '../dialects/joint-embeddings.js';
import { laneOf } from '../lanes/lane-of.js';
import type { Lane } from '../lanes/lane-options.js';
import type { Next, Stage } from '../pipeline.js';
import { loadedTokenizer } from '../pricing/tokenizer.js';
import type { RuleOptions } from '../routing/route-options.js';
import { createBatchKey } from './batch-key.js';
import { type BatchQueue, createBatchQueue } from './batch-queue.js';
import { type EmbeddingBatchOptions, planEmbeddingBatches } from './embedding-batch-options.js';
import type { EmbeddingBatchReport } from './embedding-batch-report.js';
import { sendSeats } from './joint-request.js';
import { createLearnedLimit, type LearnedLimit } from './learned-limit.js';
import { createSeat, type Luggage, type Seat } from './seat.js';

/** Embedding batches as the gate holds them. */
export interface EmbeddingBatches {
  readonly stage: Stage;
  readonly report: () => EmbeddingBatchReport;
}

/** What embedding batches take from the gate. */
export interface EmbeddingBatchParts {
  readonly options: EmbeddingBatchOptions;
  readonly mode: 'enforce' | 'observe';
  readonly rules: readonly RuleOptions[];
  /** Use `gpt-tokenizer`, if installed, to share a bill by what each text is long. */
  readonly tokenizer: boolean;
  readonly hash: (text: string) => string;
  /** Never jumps, in milliseconds. */
  readonly clock: () => number;
}

interface KnownQueue {
  readonly queue: BatchQueue;
  readonly limit: LearnedLimit;
  /** Until then, further tries of calls go alone. */
  suspectUntilMs: number;
}

/** More keys than any honest cause has at once; a tenth of them, the oldest idle ones, are then forgotten. */
const maxQueues = 1000;
/** Behind a joint request that broke a server, for so long: clients wait at most 8 s between tries. Milliseconds. */
const suspectMs = 30_000;

/**
 * Lets embeddings that are asked for at the same time travel as one request, and gives each caller the answer that it would
 * have had alone. Stands behind the budgets: each call has its own hold, bill and record, and pays for its own part; and in
 * front of the lanes: one request takes one slot.
 */
export function createEmbeddingBatches(parts: EmbeddingBatchParts): EmbeddingBatches {
  const { rules, tokenizer, hash, clock } = parts;
  const plan = planEmbeddingBatches(parts.options);
  const observes = (parts.options.mode ?? parts.mode) === 'observe';
  const keyOf = createBatchKey(hash);
  const queues = new Map<string, KnownQueue>();
  const counts = { calls: 0, requests: 0, splits: 0 };

  const forgetIdle = (): void => {
    let left = maxQueues / 10;
    for (const [each, { queue }] of queues) {
      if (left === 0) return;
      if (queue.isIdle() && queues.delete(each)) left--;
    }
  };

  const queueOf = (key: string, form: JointEmbeddings, lane: Lane): KnownQueue => {
    const known = queues.get(key);
    if (known) return known;
    if (queues.size >= maxQueues) forgetIdle();
    const limit = createLearnedLimit(plan.maxInputs, clock);
    const queue = createBatchQueue({
      windowMs: plan.windowMs,
      limits: () => ({ maxInputs: limit.maxInputs(), maxTokens: plan.maxTokens }),
      send: (seats) => send(seats, form, lane, made),
    });
    const made: KnownQueue = { queue, limit, suspectUntilMs: Number.NEGATIVE_INFINITY };
    queues.set(key, made);
    return made;
  };

  async function send(seats: readonly Seat[], form: JointEmbeddings, lane: Lane, known: KnownQueue): Promise<void> {
    counts.calls += seats.length;
    const { allWell, largest, refused, broke } = await sendSeats(seats, {
      form,
      lane,
      onRequest: (kind) => {
        counts.requests++;
        if (kind === 'split') counts.splits++;
      },
    });
    if (refused && allWell && largest > 0) known.limit.learn(largest);
    if (broke) known.suspectUntilMs = clock() + suspectMs;
  }

  const stage: Stage = (call, next) => {
    const form = observes || isForItself(call) ? undefined : jointEmbeddingsOf(call.dialect);
    const request = form?.read(call.body);
    if (!form || !request) return next(call);
    const luggage = packed(call, next, request, form);
    if (!luggage) return next(call);
    const lane = laneOf(call, rules);
    const key = safeKey(call, request, lane);
    if (key === undefined) return next(call);
    const { queue, suspectUntilMs } = queueOf(key, form, lane);
    // One input may break a server each time: those that travelled with it are not to meet it again.
    if (call.retry > 0 && clock() < suspectUntilMs) return next(call);
    const seat = createSeat(luggage, queue.remove);
    queue.add(seat);
    return seat.reply;
  };

  /** `undefined` for what is nested deeper than can be followed. */
  function safeKey(call: Call, request: EmbeddingRequest, lane: Lane): string | undefined {
    try {
      return keyOf(call, request, lane);
    } catch {
      return undefined;
    }
  }

  /** `undefined` for what would fill a request by itself, or may be refused for its length. */
  function packed(call: Call, next: Next, { inputs }: EmbeddingRequest, form: JointEmbeddings): Luggage | undefined {
    if (inputs.length >= plan.maxInputs) return undefined;
    let [likely, most] = [0, 0];
    for (const input of inputs) {
      const tokens = form.tokensOf(input, tokenizer ? loadedTokenizer() : undefined);
      if (tokens.most > plan.maxInputTokens) return undefined;
      likely += tokens.likely;
      most += tokens.most;
    }
    return most >= plan.maxTokens ? undefined : { call, next, inputs, likely, most };
  }

  return { stage, report: () => ({ ...counts }) };
}

/** Five votes must be five calls; and a key under which a request is sent once is the key of one request. */
function isForItself({ options, headers, signal }: Call): boolean {
  return options.fresh === true || headers.has('idempotency-key') || signal?.aborted === true;
}
