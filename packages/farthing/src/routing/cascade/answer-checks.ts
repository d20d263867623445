import type { AnswerChoice, AnswerForm } from '../../dialects/answer-parts.js';
import type { AnswerReading } from '../../dialects/dialect.js';
import { parseValue } from '../../dialects/json.js';
import type { CascadeCheck } from './cascade-decision.js';
import type { Cascade } from './cascade-options.js';
import { isHedged, isRefusal } from './hedges.js';
import { fitsSchema } from './json-schema.js';

/** An answer, and what it is an answer to. */
export interface Judged {
  readonly form: AnswerForm;
  readonly choices: readonly AnswerChoice[];
  readonly reading: Pick<AnswerReading, 'finished' | 'truncated'>;
  /** The answer may be cut off: by a limit of the caller's, or by one that its money sets. */
  readonly mayBeCut: boolean;
}

/**
 * What can be told of an answer by looking at it, for nothing: up to the first check that it does not pass. Where there are
 * several choices, all must pass. Pure.
 */
export function* checkAnswer(judged: Judged, cascade: Cascade): Generator<CascadeCheck> {
  const { choices, form } = judged;
  const texts = choices.filter(({ toolCalls }) => toolCalls.length === 0);
  if (cascade.refusal) yield asCheck('refusal', refusalOf(judged));
  if (cascade.schema) yield* schemaChecks(choices, form);
  // Words stand where no form was asked for.
  if (cascade.hedge && form.schema === undefined && texts.length > 0)
    yield asCheck('hedge', texts.some(({ text }) => isHedged(text)) ? 'hedged' : undefined);
  const means = texts.flatMap(({ logprobs }) => (logprobs.length > 0 ? [meanOf(logprobs)] : []));
  if (cascade.logprob !== undefined && means.length > 0) {
    const value = Math.min(...means);
    yield { name: 'logprob', passed: value >= cascade.logprob, value };
  }
}

function asCheck(name: CascadeCheck['name'], reason: string | undefined): CascadeCheck {
  return reason === undefined ? { name, passed: true } : { name, passed: false, reason };
}

function refusalOf({ choices, form, reading, mayBeCut }: Judged): string | undefined {
  if (choices.length === 0) return 'empty';
  for (const { text, refused, filtered, toolCalls } of choices) {
    if (filtered) return 'content_filter';
    if (refused || (toolCalls.length === 0 && form.schema === undefined && isRefusal(text))) return 'refusal';
    if (toolCalls.length === 0 && text.trim() === '') return 'empty';
  }
  if (reading.truncated) return mayBeCut ? undefined : 'truncated';
  return reading.finished ? undefined : 'unfinished';
}

function* schemaChecks(choices: readonly AnswerChoice[], form: AnswerForm): Generator<CascadeCheck> {
  const reasons = choices.flatMap((choice) => formProblem(choice, form) ?? []);
  const isAsked = form.schema !== undefined || form.mustCall || choices.some(({ toolCalls }) => toolCalls.length > 0);
  if (isAsked) yield asCheck('schema', reasons[0]);
}

function formProblem(
  { text, refused, toolCalls }: AnswerChoice,
  { schema, tools, mustCall }: AnswerForm,
): string | undefined {
  for (const { name, arguments: given, isFree } of toolCalls) {
    if (!tools.has(name)) return 'unknown_tool';
    if (isFree) continue;
    if (given === undefined) return 'no_json';
    if (!fitsSchema(given, tools.get(name) ?? true)) return 'arguments';
  }
  if (toolCalls.length > 0 || refused) return undefined;
  if (mustCall) return 'no_tool_call';
  if (schema === undefined) return undefined;
  const value = parseValue(text);
  if (value === undefined) return 'no_json';
  // The mode without a schema promises an object.
  return fitsSchema(value, schema === true ? { type: 'object' } : schema) ? undefined : 'schema';
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
