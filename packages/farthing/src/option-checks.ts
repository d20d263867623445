import * as z from 'zod/mini';
import type { Judge } from './audit/judge.js';
import type { Ledger } from './budget/ledger.js';
import { laneNames } from './lanes/lane-options.js';
import {
  amount,
  check,
  count,
  embedder,
  flag,
  functionOf,
  mode,
  object,
  oneOf,
  optional,
  share,
  text,
  textMap,
  worth,
} from './option-schema.js';
import type { BudgetOptions, CallOptions, GateOptions, GateUpdate, ToldOutcome } from './options.js';
import type { PriceOverrides } from './pricing/price-overrides.js';
import { routes } from './routing/route-schema.js';
import type { Warning } from './warnings.js';

const timeZone = text.check(z.refine(isTimeZone, { error: "an IANA time zone such as 'Europe/Berlin'" }));

function isTimeZone(value: string): boolean {
  try {
    return Boolean(new Intl.DateTimeFormat('en', { timeZone: value }));
  } catch {
    return false;
  }
}

const lane = oneOf(laneNames);

const callOptions = object({
  maxCost: optional(amount),
  tags: optional(textMap),
  fresh: optional(flag),
  cache: optional(
    object({
      tags: optional(z.array(text, { error: 'an array of strings' })),
      ttlMs: optional(count(1)),
      read: optional(flag),
      write: optional(flag),
      semantic: optional(flag),
      minSimilarity: optional(share),
    }),
  ),
  promptCache: optional(flag),
  pin: optional(text),
  residency: optional(text),
  value: optional(worth),
  lane: optional(lane),
});

const budget = object({
  name: text.check(z.regex(/^[\w.-]+$/, { error: 'letters, digits, dots, dashes and underscores' })),
  limit: amount,
  per: oneOf(['minute', 'hour', 'day', 'week', 'month', 'total']),
  by: optional(text),
  where: optional(textMap),
  timeZone: optional(timeZone),
  rolling: optional(flag),
  hard: optional(flag),
  onExhausted: optional(
    z.union(
      [oneOf(['deny', 'clamp', 'allow']), functionOf<Exclude<BudgetOptions['onExhausted'], string | undefined>>()],
      { error: "'deny', 'clamp', 'allow' or a function" },
    ),
  ),
  floorTokens: optional(count(1)),
  allowance: optional(amount),
  untagged: optional(oneOf(['shared', 'deny'])),
  alerts: optional(
    z.array(
      z
        .number({ error: 'a share of the limit' })
        .check(z.refine((share) => share > 0 && share <= 10, { error: 'a share of the limit, such as 0.8' })),
      { error: 'an array of shares' },
    ),
  ),
  mode: optional(mode),
});

const budgets = z.array(budget, { error: 'an array of budgets' }).check(
  z.refine((all) => new Set(all.map((each) => each.name)).size === all.length, {
    error: 'budgets with unique names',
  }),
);

const semantic = object({
  embedder,
  maxErrorRate: optional(share),
  assurance: optional(oneOf(['guarded', 'proven'])),
  judge: optional(functionOf<Judge>()),
  judgeErrors: optional(object({ falseFail: optional(share), falsePass: optional(share) })),
  auditBudget: optional(amount),
  auditRates: optional(
    object({
      proving: optional(share),
      unproved: optional(share),
      climbing: optional(share),
      cruising: optional(share),
      suspicious: optional(share),
    }),
  ),
  shareModels: optional(flag),
  rewriteSystem: optional(functionOf<(text: string) => string>()),
  maxEntries: optional(count(1)),
  maxBytes: optional(count(1)),
  ttlMs: optional(count(1)),
  persist: optional(object({ dir: text })),
  embedTimeoutMs: optional(count(1)),
  random: optional(functionOf<() => number>()),
});

const cache = object({
  by: optional(text),
  maxEntries: optional(count(1)),
  maxBytes: optional(count(1)),
  ttlMs: optional(count(1)),
  allow: optional(z.array(oneOf(['tool_calls', 'stateful', 'hosted_tools']), { error: 'an array' })),
  mode: optional(mode),
  share: optional(oneOf(['all'])),
  semantic: optional(semantic),
}).check(
  z.refine((value) => !value.semantic || value.by !== undefined || value.share === 'all', {
    error: "an object with `by` (a tag whose values never share an answer) or `share: 'all'`, since `semantic` is on",
  }),
);

const byLane = object({
  interactive: optional(count(0)),
  nearline: optional(count(0)),
  batch: optional(count(0)),
});

const lanes = object({
  maxWaitMs: optional(z.union([count(0), byLane], { error: 'milliseconds, for all lanes or by lane' })),
  maxQueued: optional(count(0)),
  ageMs: optional(count(1)),
  by: optional(text),
  limit: optional(object({ min: optional(count(1)), max: optional(count(1)), start: optional(count(1)) })),
  objective: optional(
    object({
      slowdown: optional(
        z.number({ error: 'a number above 1' }).check(z.refine((value) => value > 1, { error: 'a number above 1' })),
      ),
      firstByteMs: optional(byLane),
    }),
  ),
  mode: optional(mode),
});

const gateOptions = object({
  fetch: optional(functionOf<typeof globalThis.fetch>()),
  now: optional(functionOf<() => number>()),
  mode: optional(mode),
  defaults: optional(callOptions),
  budgets: optional(budgets),
  ledger: optional(
    z.custom<Ledger>((value) => typeof (value as Ledger | null)?.reserve === 'function', {
      error: 'a ledger, such as await openFileLedger({ dir })',
    }),
  ),
  onLedgerError: optional(oneOf(['allow', 'deny'])),
  onUnmetered: optional(oneOf(['record', 'deny'])),
  cache: optional(z.union([flag, cache], { error: 'true, false or an object' })),
  coalesce: optional(
    z.union([flag, object({ by: optional(text), mode: optional(mode) })], { error: 'true, false or an object' }),
  ),
  promptCache: optional(
    z.union(
      [
        flag,
        object({
          ttl: optional(oneOf(['auto', '5m', '1h'])),
          maxLoss: optional(share),
          maxPrefixes: optional(count(1)),
          adviceText: optional(flag),
          mode: optional(mode),
        }),
      ],
      { error: 'true, false or an object' },
    ),
  ),
  routes: optional(routes),
  rules: optional(
    z.array(object({ where: textMap, residency: optional(text), value: optional(worth), lane: optional(lane) }), {
      error: 'an array of rules',
    }),
  ),
  lanes: optional(z.union([flag, lanes], { error: 'true, false or an object' })),
  batches: optional(
    object({
      dir: text,
      pollMs: optional(count(1)),
      maxAttempts: optional(count(1)),
      maxRequests: optional(count(1)),
      maxBytes: optional(count(1)),
      lostAfterMs: optional(count(0)),
    }),
  ),
  embeddings: optional(
    z.union(
      [
        flag,
        object({
          windowMs: optional(count(0)),
          maxInputs: optional(count(1)),
          maxTokens: optional(count(1)),
          maxInputTokens: optional(count(1)),
          mode: optional(mode),
        }),
      ],
      { error: 'true, false or an object' },
    ),
  ),
  regions: optional(textMap),
  airGapped: optional(z.union([flag, z.array(text)], { error: 'true, false or an array of hosts' })),
  prices: optional(
    z.custom<PriceOverrides>((value) => typeof value === 'object' && value !== null, {
      error: 'an object of prices by model',
    }),
  ),
  aliases: optional(textMap),
  providers: optional(textMap),
  unaskedServiceTier: optional(oneOf(['priority', 'flex'])),
  tokenizer: optional(flag),
  countTokens: optional(flag),
  exposeHeaders: optional(flag),
  credentialScope: optional(functionOf<(headers: Headers) => string>()),
  records: optional(object({ path: text, maxBytes: optional(count(1024)), keep: optional(count(0)) })),
  recordText: optional(flag),
  openTelemetry: optional(
    z.custom<NonNullable<GateOptions['openTelemetry']>>(
      (value) => typeof (value as { trace?: unknown } | null)?.trace === 'object',
      { error: 'the module @opentelemetry/api' },
    ),
  ),
  onWarning: optional(functionOf<(warning: Warning) => void>()),
});

/**
 * Checks the options of `createGate`.
 * @throws TypeError that names the option, what was expected and what came.
 */
export function checkGateOptions(options: unknown): GateOptions {
  return check(gateOptions, options, 'createGate');
}

/** Checks per-call options. @throws TypeError as {@link checkGateOptions}. */
export function checkCallOptions(options: unknown): CallOptions {
  return check(callOptions, options, 'gate.options');
}

/** Checks what `gate.update` was given. @throws TypeError as {@link checkGateOptions}. */
export function checkGateUpdate(update: unknown): GateUpdate {
  return check(object({ budgets: optional(budgets), routes: optional(routes) }), update, 'gate.update');
}

/** Checks what `gate.outcome` was given. @throws TypeError as {@link checkGateOptions}. */
export function checkOutcome(outcome: unknown): ToldOutcome {
  return check(object({ good: flag, value: optional(share) }), outcome, 'gate.outcome');
}

const tagScope = object({
  tags: textMap.check(
    z.refine((tags) => Object.keys(tags).length > 0, { error: 'an object with at least one tag and its value' }),
  ),
});

/** Checks a scope of tags. @throws TypeError as {@link checkGateOptions}; also for no tags, which would mean everything */
export function checkTagScope(scope: unknown, door: string): { readonly tags: Readonly<Record<string, string>> } {
  return check(tagScope, scope, door);
}

/** Checks what `gate.stop` was given. @throws TypeError as {@link checkTagScope} */
export function checkStopScope(scope: unknown): 'all' | { readonly tags: Readonly<Record<string, string>> } {
  return scope === 'all' ? 'all' : checkTagScope(scope, 'gate.stop');
}
