import * as z from 'zod/mini';
import type { Judge } from '../audit/judge.js';
import {
  amount,
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
  worth,
} from '../option-schema.js';
import type { PriceOverrides } from '../pricing/price-overrides.js';
import type { AnswerScorer, CascadeOptions } from './cascade/cascade-options.js';
import { capabilities, type LearnOptions, type RoutesOptions } from './route-options.js';

const url = text.check(
  z.refine((value) => /^https?:$/.test(protocolOf(value)), { error: "a URL such as 'http://localhost:8000/v1'" }),
);

function protocolOf(value: string): string {
  try {
    return new URL(value).protocol;
  } catch {
    return '';
  }
}

const target = object({
  model: text,
  name: optional(text),
  params: optional(
    z.record(z.string(), z.unknown(), { error: 'an object of request fields' }).check(
      z.refine((fields) => !('model' in fields || 'stream' in fields), {
        error: 'an object of request fields without `model` and `stream`',
      }),
    ),
  ),
  baseURL: optional(
    z.union(
      [
        url,
        z
          .array(
            z.union(
              [
                url,
                object({
                  url,
                  weight: optional(worth.check(z.refine((value) => value > 0, { error: 'a number above 0' }))),
                }),
              ],
              { error: 'a URL, or `{ url, weight }`' },
            ),
            { error: 'a URL or an array of them' },
          )
          .check(z.minLength(1, { error: 'an array with at least one URL' })),
      ],
      { error: "a URL such as 'http://localhost:8000/v1', or an array of them" },
    ),
  ),
  apiKey: optional(
    z.union([text, functionOf<() => string | undefined | Promise<string | undefined>>()], {
      error: 'a string or a function that returns one',
    }),
  ),
  region: optional(text),
  fetch: optional(functionOf<typeof globalThis.fetch>()),
  price: optional(
    z.custom<PriceOverrides[string]>((value) => typeof value === 'object' && value !== null, {
      error: 'rates, such as { input: "0.10", output: "0.40" }',
    }),
  ),
  timeoutMs: optional(count(1)),
  contextWindow: optional(count(1)),
  capabilities: optional(object(Object.fromEntries(capabilities.map((name) => [name, optional(flag)])))),
  dialect: optional(oneOf(['openai', 'anthropic'])),
});

const learn = object({
  auditRate: optional(share),
  auditBudget: optional(amount),
  judge: optional(functionOf<Judge>()),
  grade: optional(functionOf<NonNullable<LearnOptions['grade']>>()),
  version: optional(text),
  model: optional(text),
  dir: optional(text),
  embedder: optional(embedder),
  random: optional(functionOf<() => number>()),
}).check(
  z.refine((value) => !value.judge || !value.grade, { error: 'an object with a `judge` or a `grade`, not both' }),
);

function learns(route: { readonly learn?: unknown; readonly maxQualityLoss?: unknown }): boolean {
  return Boolean(route.learn) || route.maxQualityLoss !== undefined;
}

const cascade = object({
  schema: optional(flag),
  refusal: optional(flag),
  hedge: optional(flag),
  logprob: optional(
    z.number({ error: 'a number' }).check(z.refine((mean) => mean < 0, { error: 'a number below 0, such as -0.3' })),
  ),
  askLogprobs: optional(flag),
  agreement: optional(z.union([z.literal(true), text], { error: 'true or the name of a target' })),
  agrees: optional(functionOf<NonNullable<CascadeOptions['agrees']>>()),
  scorer: optional(
    z.custom<AnswerScorer>((value) => typeof (value as { score?: unknown } | null)?.score === 'function', {
      error: 'an object with a function `score`, such as await createAnswerScorer(outcomes)',
    }),
  ),
  check: optional(functionOf<NonNullable<CascadeOptions['check']>>()),
  threshold: optional(z.number({ error: 'a number' })),
  maxAnswerBytes: optional(count(1)),
  timeoutMs: optional(count(1)),
});

/** Routes by model, as they may be given. */
export const routes = z.record(
  text,
  object({
    targets: z
      .array(z.union([text, target], { error: 'a model or a target' }), {
        error: 'an array of targets, cheapest first',
      })
      .check(z.minLength(1, { error: 'an array with at least one target' })),
    targetStrongShare: optional(share),
    maxQualityLoss: optional(
      z
        .number({ error: 'a number above 0 and below 0.5' })
        .check(z.refine((value) => value > 0 && value < 0.5, { error: 'a number above 0 and below 0.5' })),
    ),
    learn: optional(z.union([flag, learn], { error: 'true, false or an object' })),
    scorer: optional(
      z.custom<RoutesOptions[string]['scorer']>(
        (value) => typeof (value as { score?: unknown } | null)?.score === 'function',
        { error: 'an object with `evidence` and a function `score`' },
      ),
    ),
    threshold: optional(z.number({ error: 'a number' })),
    value: optional(object({ high: optional(worth), low: optional(worth) })),
    stepDownBelow: optional(share),
    fallback: optional(oneOf(['any', 'stronger', 'none'])),
    cascade: optional(z.union([flag, cascade], { error: 'true, false or an object' })),
    mode: optional(mode),
  }).check(
    z.refine((route) => route.threshold === undefined || route.scorer !== undefined, {
      error: 'an object with a `scorer` for its `threshold`',
    }),
    z.refine((route) => route.scorer === undefined || learns(route) !== (route.threshold !== undefined), {
      error: 'an object whose `scorer` has either a `threshold` or `learn`',
    }),
    z.refine((route) => route.maxQualityLoss === undefined || route.learn !== false, {
      error: 'an object that learns where it has a `maxQualityLoss`',
    }),
  ),
  { error: 'an object of routes by model' },
);
