import { contextOf } from '../budget/estimate.js';
import type { Call, Completion } from '../call.js';
import {
  type CacheTtl,
  type ChangedBody,
  type Prompt,
  type PromptCaching,
  promptCachingOf,
} from '../dialects/prompt-caching.js';
import { modelOf } from '../model-of.js';
import type { Mode } from '../options.js';
import type { Stage } from '../pipeline.js';
import { roundToNanoUsd } from '../pricing/money.js';
import type { PriceBook } from '../pricing/price.js';
import { inputTokens, type Usage } from '../pricing/usage.js';
import { createAdvisor } from './advisor.js';
import { createCacheKeys } from './cache-key.js';
import { createMarkPlanner, type MarkPlan } from './mark-planner.js';
import { createPrefixMemory, prefixHashes, tokensTo } from './prefix-memory.js';
import type { PromptCacheDecision } from './prompt-cache-decision.js';
import type { PromptCacheOptions } from './prompt-cache-options.js';
import type { PromptCacheReport } from './prompt-cache-report.js';
import { type Savings, savingsBy } from './savings.js';
import { createTokenScale } from './token-scale.js';
import { type PromptRates, promptRatesOf } from './worth-marking.js';

/** What prompt caching takes from the gate. */
export interface PromptCacheParts {
  readonly options: PromptCacheOptions;
  /** The gate's mode, where the options name none. */
  readonly mode: Mode;
  readonly priceBook: PriceBook;
  readonly now: () => number;
}

/** Prompt caching: the stage, and what it came to. */
export interface PromptCache {
  readonly stage: Stage;
  /** The dearest kind of mark that a call may be given; `undefined` where it is given none. It changes nothing. */
  readonly dearestMark: (call: Call) => CacheTtl | undefined;
  readonly report: () => PromptCacheReport;
}

/** What is done to one call. */
interface Plan {
  readonly decision: PromptCacheDecision;
  /** The request as it is sent; `undefined`: as it is. */
  readonly changed: ChangedBody | undefined;
  readonly marking: MarkPlan | undefined;
  /** Learns from the bill, and tells what the cache did to it. */
  readonly savings: ((completion: Completion) => Savings | undefined) | undefined;
}

/** A request that the provider's cache may take in. */
interface Asked {
  readonly call: Call;
  readonly caching: PromptCaching;
  readonly prompt: Prompt;
  readonly hashes: readonly string[];
  /** Tokens up to the end of a block, by an estimate, … */
  readonly estimatedAt: (block: number) => number;
  /** … and as the model is known to count. */
  readonly tokensAt: (block: number) => number;
  readonly model: string;
  readonly rates: PromptRates;
  readonly savings: (completion: Completion) => Savings | undefined;
  readonly nowMs: number;
}

const defaults = { maxLoss: 0.01, maxPrefixes: 10_000 } as const;

/**
 * Marks prompts where the provider's cache then saves more than it costs, and gives equal prefixes the same key where it
 * caches by itself. It learns from all traffic which prefixes come again, whether or not it marks them, and keeps hashes
 * only. Whatever fails in here, the call goes as it is.
 */
export function createPromptCache({ options, mode: gateMode, priceBook, now }: PromptCacheParts): PromptCache {
  const mode = options.mode ?? gateMode;
  const maxPrefixes = options.maxPrefixes ?? defaults.maxPrefixes;
  const memory = createPrefixMemory(maxPrefixes);
  const keys = createCacheKeys(maxPrefixes);
  const advisor = createAdvisor(options.adviceText ?? false);
  const scales = createTokenScale();
  const ttls: readonly CacheTtl[] = options.ttl === undefined || options.ttl === 'auto' ? ['5m', '1h'] : [options.ttl];
  const planner = createMarkPlanner(memory, {
    ttls,
    maxLoss: options.maxLoss ?? defaults.maxLoss,
  });
  const totals = { calls: 0, expectedPicoUsd: 0n, realisedPicoUsd: 0n, automaticPicoUsd: 0n };

  const cachingOf = (call: Call): PromptCaching | undefined =>
    call.options.promptCache === false ? undefined : promptCachingOf(call.dialect);

  function isAcceptedAt(caching: PromptCaching, { url }: Call): boolean {
    const provider = priceBook.placeOf(url)?.provider;
    return provider !== undefined && caching.acceptedAt(provider, url);
  }

  function dearestMark(call: Call): CacheTtl | undefined {
    const caching = cachingOf(call);
    if (mode === 'observe' || !caching?.mark || !isAcceptedAt(caching, call)) return undefined;
    return caching.isSteered(call.body) ? undefined : ttls.at(-1);
  }

  function planFor(call: Call): Plan | undefined {
    const caching = cachingOf(call);
    const prompt = caching?.read(call.body);
    if (!caching || !prompt || prompt.blocks.length === 0) return undefined;
    if (!isAcceptedAt(caching, call)) return left('host');
    const nowMs = now();
    const model = modelOf(call) ?? '';
    const price = call.price ?? priceBook.find({ provider: call.provider, model, atMs: nowMs });
    const hashes = prefixHashes(prompt, `${call.scope}/${call.url}`);
    const estimatedAt = tokensTo(
      prompt,
      hashes.map((hash) => memory.find(hash)),
    );
    const scale = scales.of(model);
    const tokensAt = (block: number): number => Math.round(estimatedAt(block) * scale);
    const context = contextOf(call);
    const rates = price && promptRatesOf(price, context, tokensAt(prompt.blocks.length - 1));
    if (!price || !rates) return left('price');
    const priced = savingsBy(priceBook, call, { price, context, nowMs });
    const last = prompt.blocks.length - 1;
    const learn = (usage: Usage): void => {
      if (!prompt.hasFiles) scales.learn(model, estimatedAt(last), usage);
      // Of files only the bill tells the size; the next turn begins with them.
      const prefix = prompt.hasFiles && memory.find(hashes[last] ?? '');
      if (prefix) prefix.tokens = Math.round(inputTokens(usage) / scales.of(model));
    };
    const savings: Asked['savings'] = (completion) => {
      if (completion.status === 'complete' && completion.usage) learn(completion.usage);
      return priced(completion);
    };
    const asked: Asked = { call, caching, prompt, hashes, estimatedAt, tokensAt, model, rates, savings, nowMs };
    advise(asked);
    if (caching.isSteered(call.body)) return left('own');
    return caching.mark ? markPlan(asked, caching.mark) : keyPlan(asked);
  }

  function markPlan(asked: Asked, mark: NonNullable<PromptCaching['mark']>): Plan {
    const { call, caching, prompt, tokensAt, savings } = asked;
    const leastTokens = caching.leastTokens(asked.model);
    const marking = planner.plan({ ...asked, scope: call.scope, leastTokens });
    const { places, marks } = marking;
    const isShort = tokensAt(prompt.blocks.length - 1) < leastTokens;
    if (marks.length === 0) return { ...left(isShort ? 'short' : 'none', places), marking, savings };
    const expectedNanoUsd = roundToNanoUsd(marking.expectedPicoUsd);
    if (mode === 'observe')
      return {
        decision: { action: 'would_mark', reason: undefined, places, expectedNanoUsd },
        changed: undefined,
        marking,
        savings,
      };
    const changed = mark(call.body, call.bodyText, marks);
    if (!changed) return { ...left('text', places), marking, savings };
    marking.begin();
    return {
      decision: { action: 'marked', reason: undefined, places, expectedNanoUsd },
      changed,
      marking,
      savings,
    };
  }

  function keyPlan(asked: Asked): Plan {
    const { call, caching, prompt, hashes, tokensAt, model, savings, nowMs } = asked;
    const last = prompt.blocks.length - 1;
    if (tokensAt(last) < caching.leastTokens(model)) return { ...left('short'), savings };
    const firstMessage = prompt.blocks.findIndex(({ section }) => section === 'messages');
    // Where nothing stands before the first message, the conversation is what comes again.
    const shared = firstMessage < 0 ? last : Math.max(0, firstMessage - 1);
    const prefix = hashes[shared] ?? '';
    memory.keep(prefix, asked.estimatedAt(shared));
    const action = mode === 'observe' ? 'would_key' : 'keyed';
    return {
      decision: { action, reason: undefined, places: [], expectedNanoUsd: 0 },
      changed:
        mode === 'observe'
          ? undefined
          : caching.withKey?.(call.body, call.bodyText, keys.keyFor(prefix, prompt.opening, nowMs)),
      marking: undefined,
      savings,
    };
  }

  function advise({ call, caching, prompt, hashes, tokensAt, model, rates, nowMs }: Asked): void {
    const last = prompt.blocks.findLastIndex(({ section }) => section === 'system');
    if (last < 0) return;
    const tools = prompt.blocks.findLastIndex(({ section }) => section === 'tools');
    advisor.see({
      scope: call.scope,
      model,
      hash: hashes[last] ?? '',
      texts: prompt.blocks.filter(({ section }) => section === 'system').map(({ text }) => text),
      tokensBefore: tools < 0 ? 0 : tokensAt(tools),
      tokens: tokensAt(last),
      leastTokens: caching.leastTokens(model),
      wholeBlocks: caching.mark !== undefined,
      savingPicoUsd: rates.input - rates.read,
      nowMs,
    });
  }

  function end({ decision, marking, savings }: Plan, completion: Completion): void {
    const saved = completion.httpStatus < 400 ? savings?.(completion) : undefined;
    marking?.ended(completion, saved);
    if (!saved) return;
    if (decision.action === 'marked') totals.realisedPicoUsd += saved.savedPicoUsd;
    if (decision.action === 'keyed') totals.automaticPicoUsd += saved.savedPicoUsd;
  }

  return {
    stage: async (call, next) => {
      const plan = orNothing(() => planFor(call));
      if (!plan) return next(call);
      const { decision, changed, marking } = plan;
      call.note({ kind: 'promptCache', decision });
      try {
        const reply = await next(changed ? { ...call, ...changed } : call);
        const isAnswered = reply.source === 'provider' && reply.response.ok;
        if (changed && isAnswered) {
          totals.calls++;
          totals.expectedPicoUsd += marking?.expectedPicoUsd ?? 0n;
        }
        orNothing(() => marking?.answered(isAnswered));
        const completion = reply.completion.then((ended) => {
          orNothing(() => end(plan, ended));
          return ended;
        });
        return { ...reply, completion };
      } catch (error) {
        orNothing(() => marking?.abandoned());
        throw error;
      }
    },
    dearestMark: (call) => orNothing(() => dearestMark(call)),
    report: () => ({
      calls: totals.calls,
      expectedNanoUsd: roundToNanoUsd(totals.expectedPicoUsd),
      realisedNanoUsd: roundToNanoUsd(totals.realisedPicoUsd),
      automaticNanoUsd: roundToNanoUsd(totals.automaticPicoUsd),
      prefixes: memory.size(),
      advice: advisor.advice(now()),
    }),
  };
}

function left(reason: PromptCacheDecision['reason'], places: PromptCacheDecision['places'] = []): Plan {
  return {
    decision: { action: 'left', reason, places, expectedNanoUsd: 0 },
    changed: undefined,
    marking: undefined,
    savings: undefined,
  };
}

/** Caching may cost its savings, never a call. */
function orNothing<Result>(work: () => Result): Result | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
