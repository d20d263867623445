/** How often a judge errs, as bounds that the caller vouches for; each between 0 and 1. */
export interface JudgeErrors {
  /**
   * A proven *lower* bound of how often the judge says "fail" of a good answer. Too high a value breaks the promise.
   * @default 0
   */
  readonly falseFail?: number;
  /**
   * An *upper* bound of how often the judge lets a bad answer pass. Too low a value breaks the promise. With a second
   * look at each "fail", take about twice that of one look.
   * @default 0.05
   */
  readonly falsePass?: number;
}

/** The rate of "fail" that such a judge reports where the true error rate is `errorRate`. */
export function observedRate(errorRate: number, { falseFail, falsePass }: Required<JudgeErrors>): number {
  return falseFail + errorRate * (1 - falseFail - falsePass);
}

/** The true error rate behind a rate of "fail" that such a judge reported; never below 0 or above 1. */
export function trueRate(observed: number, { falseFail, falsePass }: Required<JudgeErrors>): number {
  return Math.min(1, Math.max(0, (observed - falseFail) / (1 - falseFail - falsePass)));
}
