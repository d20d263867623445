/** What a reason is about: stable, for logs and for counting. */
export type ReasonCode =
  | 'equal'
  | 'reworded'
  | 'quoted-text'
  | 'code'
  | 'url'
  | 'number'
  | 'unit'
  | 'currency'
  | 'date'
  | 'relative-time'
  | 'format'
  | 'kind'
  | 'name'
  | 'word'
  | 'quantifier'
  | 'polarity'
  | 'negation-target'
  | 'role-order'
  | 'modality'
  | 'tense'
  | 'person'
  | 'preposition'
  | 'small-verb'
  | 'question-type'
  | 'function-word'
  | 'one-sided'
  | 'order'
  | 'scope'
  | 'condition'
  | 'too-long';

/** One thing that speaks for a verdict, with the two spans it was found in. */
export interface Reason {
  readonly code: ReasonCode;
  /** `different` decides alone; `doubt` keeps two questions from being called the same. */
  readonly weight: 'different' | 'doubt' | 'same';
  /** In words, without the questions' own text. */
  readonly message: string;
  /** What stands in the first question; may be empty. */
  readonly left: string;
  /** What stands in the second question; may be empty. */
  readonly right: string;
  /** Of a doubt: weighs more than others, as the verifier has learned. */
  readonly grave?: true;
}
