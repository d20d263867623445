/** An answer as checks are shown it. */
export interface AnswerSample {
  /** The text that the user asks last, and never a system prompt. */
  readonly turn: string;
  /** What the target said, without its reasoning. */
  readonly answer: string;
  /** The name of the target that said it. */
  readonly target: string;
}

/** Says how likely an answer is good enough, 0 to 1. Synchronous. */
export interface AnswerScorer {
  readonly score: (sample: AnswerSample) => number;
}

/** What the answer of a cheaper target must pass before the caller gets it; else the strongest target is asked, too. */
export interface CascadeOptions {
  /**
   * Where the request asks for JSON, the answer is JSON and fits its schema; calls of tools name a tool that is offered, and
   * their arguments fit its schema. @default true
   */
  readonly schema?: boolean | undefined;
  /** No refusal, no content filter, no empty answer, none cut off without the caller's own limit. @default true */
  readonly refusal?: boolean | undefined;
  /** Neither the first nor the last sentences say that the model does not know. English. @default true */
  readonly hedge?: boolean | undefined;
  /**
   * The mean log probability of the answer's tokens is at least this, such as -0.3: where the request asks for them, or
   * with `askLogprobs`. @default off
   */
  readonly logprob?: number | undefined;
  /**
   * The gate asks for log probabilities itself, and takes them out again; a target that refuses to give them is asked
   * without, and not again. @default false
   */
  readonly askLogprobs?: boolean | undefined;
  /**
   * Another target, by its name, gives the same answer; `true`: the next cheapest, or the same one once more where there is
   * none but the strongest. @default off
   */
  readonly agreement?: string | true | undefined;
  /** What is the same answer. @default equal JSON, choice, final number or words */
  readonly agrees?: ((first: string, second: string) => boolean | Promise<boolean>) | undefined;
  /** Learned from outcomes, such as `await createAnswerScorer(outcomes)`: `threshold` and more is good enough. */
  readonly scorer?: AnswerScorer | undefined;
  /** A check of your own: `false`, or a number under `threshold`, sends the call to the strongest target. */
  readonly check?: ((sample: AnswerSample) => boolean | number | Promise<boolean | number>) | undefined;
  /** From which number on `scorer` and `check` accept. @default 0.5 */
  readonly threshold?: number | undefined;
  /** A larger answer goes to the caller as it comes, unjudged. @default 1 MiB */
  readonly maxAnswerBytes?: number | undefined;
  /** How long `check`, `agrees` and the second answer of `agreement` may take; later is failed. @default 10_000 */
  readonly timeoutMs?: number | undefined;
}

/** A cascade with all that was left out put in. */
export type Cascade = Omit<CascadeOptions, Defaulted> & {
  readonly [Name in Defaulted]-?: NonNullable<CascadeOptions[Name]>;
};
type Defaulted = 'schema' | 'refusal' | 'hedge' | 'askLogprobs' | 'threshold' | 'maxAnswerBytes' | 'timeoutMs';

/** Puts in what was left out. */
export function readCascade(given: boolean | CascadeOptions | undefined): Cascade | undefined {
  if (given === undefined || given === false) return undefined;
  const options = given === true ? {} : given;
  return {
    ...options,
    schema: options.schema ?? true,
    refusal: options.refusal ?? true,
    hedge: options.hedge ?? true,
    askLogprobs: options.askLogprobs ?? false,
    threshold: options.threshold ?? 0.5,
    maxAnswerBytes: options.maxAnswerBytes ?? 1024 * 1024,
    timeoutMs: options.timeoutMs ?? 10_000,
  };
}
