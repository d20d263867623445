import type { UsageBound } from '../pricing/price.js';
import type { CountTokens, JsonObject, PromptMeasure } from './dialect.js';
import { asAmount, asObject, asText, isGiven } from './json.js';
import type { PromptTally } from './text-bound.js';

/** What a measure may use: a tokenizer, and the model's own largest output. */
export interface MeasureLimits {
  readonly count?: CountTokens | undefined;
  readonly maxOutputTokens?: number | undefined;
}

/** What an estimate of text is multiplied by, and what is added, to be a bound. */
export interface Safety {
  readonly factor: number;
  readonly tokens: number;
}

/** Measured over recorded requests: 1.3 × the estimate + 100 was below none of 78 bills. */
export const openAISafety: Safety = { factor: 1.3, tokens: 100 };

/** The largest output, in tokens, where neither the request nor the catalogue names one. */
export const defaultMaxOutputTokens = 131_072;

/** More than any call takes: what is past it was sent to break a sum, and stands here. */
const maxBoundTokens = 1e9;

/** How many answers a request asks for at once: a whole number from 1 on. */
export function choicesOf(body: JsonObject): number {
  // `best_of` of them are generated, and billed, whether or not they are shown.
  const asked = Math.max(asAmount(body['n']) ?? 1, asAmount(body['best_of']) ?? 1);
  return Math.min(Math.max(1, Math.ceil(asked)), maxBoundTokens);
}

/** A limit on output as the request gives it, under whichever of these names: the largest counts. */
export function limitOf(body: JsonObject, fields: readonly string[]): number | undefined {
  const limits = fields.map((field) => asAmount(body[field])).filter((limit) => limit !== undefined);
  return limits.length === 0 ? undefined : Math.min(Math.max(...limits), maxBoundTokens);
}

/** Tokens times choices, as a number that sums can be made of. */
export function outputOf(tokens: number, choices: number): number {
  return Math.min(Math.ceil(tokens * choices), maxBoundTokens);
}

/** Counts the tools of an OpenAI request: those that the caller runs by their JSON; what the others do is not bounded. */
export function addTools(tally: PromptTally, tools: unknown): void {
  for (const each of Array.isArray(tools) ? tools : [tools]) {
    const tool = asObject(each);
    if (!tool || tool['type'] === 'function' || tool['type'] === 'custom') tally.json(each, 8);
    else tally.unbounded(`hosted tool ${asText(tool['type']) ?? ''}`);
  }
}

/** Counts the fields that nobody here knows as the JSON that they are: some server may put them before its model. */
export function addUnknownFields(tally: PromptTally, body: JsonObject, known: ReadonlySet<string>): void {
  for (const field in body) if (!known.has(field) && isGiven(body[field])) tally.json(body[field], 2);
}

/** The output of all choices: the request's limit, or else the model's own. */
export function boundedOutput(
  limit: number | undefined,
  choices: number,
  { maxOutputTokens = defaultMaxOutputTokens }: MeasureLimits,
): number {
  return outputOf(limit ?? maxOutputTokens, choices);
}

/** The measure of what was tallied. */
export function measured(
  tally: PromptTally,
  { factor, tokens }: Safety,
  output: Pick<UsageBound, 'outputTokens' | 'cacheWrite' | 'audioOutput'>,
): PromptMeasure {
  const bound: UsageBound = {
    inputTokens: Math.min(
      Math.ceil(tally.textTokens * factor) + tokens + tally.exactTokens + tally.imageTokens + tally.audioTokens,
      maxBoundTokens,
    ),
    imageInputTokens: tally.imageTokens,
    audioInputTokens: tally.audioTokens,
    cacheWrite: output.cacheWrite,
    audioOutput: output.audioOutput ?? false,
    outputTokens: outputOf(output.outputTokens, 1),
  };
  return tally.reasons.size === 0 ? { bounded: true, bound } : { bounded: false, reasons: [...tally.reasons], bound };
}
