import type { Warn } from '../../warnings.js';
import { inTime, type Outcome } from '../in-time.js';
import { agrees } from './agrees.js';
import { checkAnswer, type Judged } from './answer-checks.js';
import type { CascadeCheck, CheckName } from './cascade-decision.js';
import type { AnswerSample, Cascade } from './cascade-options.js';

/** What judging an answer takes. */
export interface AnswerJudge {
  readonly cascade: Cascade;
  /** The name of the route, for warnings. */
  readonly route: string;
  readonly turn: string;
  /** The name of the target whose answer it is. */
  readonly target: string;
  /** The text of a second target's answer; `undefined` where there is none to be had, or it calls tools. */
  readonly secondAnswer: (signal: AbortSignal) => Promise<string | undefined>;
  readonly signal: AbortSignal | undefined;
  readonly warn: Warn;
}

/**
 * Judges an answer: what costs nothing first, then what was learned, then the user's word, and last what costs a call; up to
 * the first check that it does not pass. A call of tools is judged by its form alone.
 * @throws the reason of the caller's signal when it aborts meanwhile
 */
export async function judgeAnswer(judged: Judged, judge: AnswerJudge): Promise<readonly CascadeCheck[]> {
  const checks: CascadeCheck[] = [];
  const isOut = (check: CascadeCheck): boolean => {
    checks.push(check);
    return !check.passed;
  };
  for (const check of checkAnswer(judged, judge.cascade)) if (isOut(check)) return checks;
  const texts = judged.choices.flatMap(({ text, toolCalls }) => (toolCalls.length > 0 ? [] : [text]));
  const { scorer, check, agreement } = judge.cascade;
  const figures: [CheckName, ((sample: AnswerSample) => unknown) | undefined][] = [
    ['scorer', scorer && ((sample) => scorer.score(sample))],
    ['check', check],
  ];
  for (const [name, say] of figures)
    if (say && texts.length > 0 && isOut(await byFigure(name, texts, say, judge))) return checks;
  const [only] = texts;
  // Several choices differ on purpose.
  if (agreement !== undefined && only !== undefined && judged.choices.length === 1)
    checks.push(await byAgreement(only, judge));
  return checks;
}

/** All answers must pass; the least figure is told. */
async function byFigure(
  name: CheckName,
  texts: readonly string[],
  say: (sample: AnswerSample) => unknown,
  judge: AnswerJudge,
): Promise<CascadeCheck> {
  const { cascade, turn, target, signal } = judge;
  let value: number | undefined;
  for (const answer of texts) {
    const outcome = await inTime(() => say({ turn, answer, target }), cascade.timeoutMs, signal);
    const said = outcome.ended === 'done' ? outcome.value : undefined;
    if (typeof said !== 'boolean' && !Number.isFinite(said))
      return failed(name, outcome.ended === 'done' ? { ended: 'threw', error: said } : outcome, judge);
    if (said === false) return { name, passed: false };
    if (typeof said === 'number') value = Math.min(said, value ?? said);
  }
  return { name, passed: value === undefined || value >= cascade.threshold, ...(value !== undefined && { value }) };
}

async function byAgreement(first: string, judge: AnswerJudge): Promise<CascadeCheck> {
  const { cascade, turn, signal } = judge;
  const name = 'agreement';
  const asked = await inTime(judge.secondAnswer, cascade.timeoutMs, signal);
  const second = asked.ended === 'done' ? asked.value : undefined;
  if (second === undefined)
    return { name, passed: false, reason: asked.ended === 'timeout' ? 'timeout' : 'unavailable' };
  const outcome = await inTime(
    () => (cascade.agrees ? cascade.agrees(first, second) : agrees(turn, first, second)),
    cascade.timeoutMs,
    signal,
  );
  if (outcome.ended !== 'done') return failed('agrees', outcome, judge);
  return { name, passed: outcome.value === true };
}

/** A check that can't be made is one that the answer did not pass: the strongest target's is then the safe one. */
function failed(
  option: CheckName | 'agrees',
  outcome: Exclude<Outcome<unknown>, { ended: 'done' }>,
  { route, warn, cascade }: AnswerJudge,
): CascadeCheck {
  const how =
    outcome.ended === 'timeout'
      ? `took longer than ${cascade.timeoutMs} ms`
      : outcome.error instanceof Error
        ? `threw ${outcome.error.name}`
        : 'gave neither a number nor true or false';
  warn(
    'callback_error',
    `\`cascade.${option}\` of route '${route}' ${how}: the strongest target was asked.`,
    `${route}/${option}/${outcome.ended}`,
  );
  return { name: option === 'agrees' ? 'agreement' : option, passed: false, reason: outcome.ended };
}
