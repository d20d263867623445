/** What a token is: a word, a quantity, a calendar date, a bare currency, a verbatim span, a code symbol or a negation. */
export type TokenKind = 'word' | 'quantity' | 'date' | 'currency' | 'span' | 'symbol' | 'negation';

/** A piece of a question, in the form that questions are compared in. */
export interface Token {
  readonly kind: TokenKind;
  /** As it was written, in lower case. */
  readonly text: string;
  /** Two tokens with equal keys say the same. */
  readonly key: string;
  readonly index: number;
  /** Counts commas and all that separates more strongly. */
  readonly clause: number;
  /** Counts full stops, question marks and colons. */
  readonly sentence: number;
  /** Carries meaning of its own: not a function word. */
  readonly content: boolean;
  /** Belongs to the asking, not to what is asked: "explain", "steps", "list". */
  readonly frame: boolean;
  /** Written as a name, or in no dictionary. */
  readonly name: boolean;
  /** Written with a capital within a sentence. */
  readonly capital: boolean;
  /** Written in capitals throughout. */
  readonly acronym?: true;
  /** Of a quantity: its number in the base unit. */
  readonly value?: number;
  /** Of a quantity: its dimension, such as `mass` or `money:usd`; empty for a bare number. */
  readonly unit?: string;
}
