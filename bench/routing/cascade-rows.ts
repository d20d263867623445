import type { Row } from './rows.js';

/** One line of a file, with what cascades may know beside the scores of two targets. */
export interface CascadeRow extends Row {
  readonly weak_model?: string;
  readonly strong_model?: string;
  /** The weak target's answer, under the names that data sets have for it. */
  readonly weak_response?: string;
  readonly weak_answer?: string;
  readonly response?: string;
  /** Where there is only its length. */
  readonly weak_response_chars?: number;
  readonly strong_response_chars?: number;
  /** By model: how good its answer was, and the answer itself where the source has it. */
  readonly scores?: Readonly<Record<string, number | null>>;
  readonly responses?: Readonly<Record<string, string | null>>;
  readonly weak_cost_usd?: number | null;
  readonly strong_cost_usd?: number | null;
}

/** The weak target's answer, as far as the row has it. */
export function weakAnswerOf(row: CascadeRow): string | undefined {
  return row.weak_response ?? row.weak_answer ?? row.response ?? row.responses?.[row.weak_model ?? ''] ?? undefined;
}
