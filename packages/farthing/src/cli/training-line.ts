import { dialects } from '../dialects/all.js';
import type { JsonObject } from '../dialects/dialect.js';
import { asObject, asText, isGiven, parseObject } from '../dialects/json.js';
import { openAIChat } from '../dialects/openai-chat.js';
import type { TurnContext } from '../routing/features/dense.js';
import { turnContextOf } from '../routing/features/turn-context.js';
import type { Outcome, Tier } from '../routing/predictor/outcome.js';

/** How good the answers to a call were, as a line tells it. */
export interface Label extends Omit<Outcome, 'features'> {
  readonly route: string | undefined;
  /** When the call was made, in milliseconds of Unix time; Infinity where a row of the user's own doesn't say. */
  readonly atMs: number;
}

/** What is known of a call before it is answered. */
export interface Question {
  /** The user's turn that opened the conversation, and never a system prompt. */
  readonly turn: string;
  readonly context: TurnContext;
}

/** What one line of a file is to a training. */
export type TrainingLine =
  /** A row of the user's own: question and outcome in one. */
  | { readonly kind: 'row'; readonly label: Label; readonly question: Question }
  /** An outcome of the gate's, to be joined with its call. */
  | { readonly kind: 'outcome'; readonly call: string; readonly label: Label }
  /** A call of the application's; its question is `undefined` where the record has no text, or no user's turn in it. */
  | { readonly kind: 'call'; readonly id: string; readonly hasText: boolean; readonly question: AskedIn }
  /** A record of the gate's that teaches nothing: an audit, an embedding, a verdict. */
  | { readonly kind: 'other' }
  /** No JSON: cut off, or never any. */
  | { readonly kind: 'torn' }
  /** JSON of something else. */
  | { readonly kind: 'foreign' }
  /** A row or an outcome that can't be used, and why; no text of it. */
  | { readonly kind: 'invalid'; readonly reason: string };

/** What a record's text asks, read when it is needed. */
type AskedIn = () => Question | undefined;

/** Reads a line; `undefined` is one that was too long. Never throws. */
export function readTrainingLine(text: string | undefined): TrainingLine {
  if (text === undefined) return { kind: 'torn' };
  let value: unknown;
  try {
    value = JSON.parse(text.charCodeAt(0) === byteOrderMark ? text.slice(1) : text);
  } catch {
    return { kind: 'torn' };
  }
  const line = asObject(value);
  if (!line) return { kind: 'foreign' };
  if (line['purpose'] === 'outcome') return outcomeOf(line);
  if (typeof line['purpose'] === 'string' && typeof line['id'] === 'string') return recordOf(line, line['id']);
  return isRow(line) ? rowOf(line) : { kind: 'foreign' };
}

const byteOrderMark = 0xfeff;
const rowFields = ['prompt', 'messages'];
const qualityFields = ['weak', 'strong', 'weak_score', 'strong_score'];

function isRow(line: JsonObject): boolean {
  return [...rowFields, ...qualityFields].some((field) => Object.hasOwn(line, field));
}

function rowOf(line: JsonObject): TrainingLine {
  const turn = asText(line['prompt']) ?? openAIChat.firstTurn(line);
  if (turn === undefined || turn.trim() === '')
    return invalid('expected `prompt` or `messages` with a turn of the user’s, got neither');
  const label = labelOf({
    ...line,
    weak: line['weak'] ?? line['weak_score'],
    strong: line['strong'] ?? line['strong_score'],
  });
  return typeof label === 'string' ? invalid(label) : { kind: 'row', label, question: { turn, context: {} } };
}

function outcomeOf(line: JsonObject): TrainingLine {
  const { call, route, routed, propensity, audited, time } = line;
  if (typeof call !== 'string' || typeof route !== 'string')
    return invalid('expected `call` and `route` of an outcome');
  if ((routed !== 'weak' && routed !== 'strong') || typeof propensity !== 'number' || typeof audited !== 'boolean')
    return invalid('expected `routed`, `propensity` and `audited` of an outcome');
  if (typeof time !== 'string') return invalid('expected `time` of an outcome');
  const label = labelOf(line, routed);
  return typeof label === 'string' ? invalid(label) : { kind: 'outcome', call, label };
}

function recordOf(line: JsonObject, id: string): TrainingLine {
  if (line['purpose'] !== 'call') return { kind: 'other' };
  const request = asText(asObject(line['text'])?.['request']);
  return { kind: 'call', id, hasText: request !== undefined, question: () => questionIn(request, line['dialect']) };
}

/** What the gate reads of a request before it scores it. */
function questionIn(request: string | undefined, name: unknown): Question | undefined {
  const dialect = dialects.find((each) => each.name === name);
  const body = request === undefined ? undefined : parseObject(request);
  if (!dialect || !body) return undefined;
  const turn = dialect.firstTurn(body);
  if (turn === undefined || turn.trim() === '') return undefined;
  return { turn, context: turnContextOf(dialect, body) };
}

/** What a row or an outcome says of the answers, or what is wrong with it. A row of one answer went there. */
function labelOf(line: JsonObject, routed?: Tier): Label | string {
  const { weak, strong, route, propensity = 1, audited = false, time } = line;
  for (const [name, value] of Object.entries({ weak, strong }))
    if (isGiven(value) && !isQuality(value))
      return `expected \`${name}\` to be a number from 0 to 1, got ${wordFor(value)}`;
  const seen = { weak: isQuality(weak) ? weak : undefined, strong: isQuality(strong) ? strong : undefined };
  if (seen.weak === undefined && seen.strong === undefined) return 'expected `weak`, `strong` or both, got neither';
  if (!isQuality(propensity) || propensity === 0)
    return `expected \`propensity\` to be above 0 and at most 1, got ${wordFor(propensity)}`;
  if (typeof audited !== 'boolean') return `expected \`audited\` to be true or false, got ${wordFor(audited)}`;
  if (isGiven(route) && (typeof route !== 'string' || route === ''))
    return `expected \`route\` to be a name, got ${wordFor(route)}`;
  const atMs = isGiven(time) ? Date.parse(String(time)) : Number.POSITIVE_INFINITY;
  if (Number.isNaN(atMs)) return `expected \`time\` to be a date in ISO 8601, got ${wordFor(time)}`;
  return {
    ...seen,
    routed: routed ?? (seen.strong === undefined ? 'weak' : 'strong'),
    propensity,
    audited,
    route: typeof route === 'string' ? route : undefined,
    atMs,
  };
}

function isQuality(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= 1;
}

/** A number as it is; of anything else only the kind, since it may be somebody's text. */
function wordFor(value: unknown): string {
  return typeof value === 'number' ? String(value) : Array.isArray(value) ? 'a list' : `a ${typeof value}`;
}

function invalid(reason: string): TrainingLine {
  return { kind: 'invalid', reason };
}
