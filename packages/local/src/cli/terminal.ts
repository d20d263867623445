/** Where a command writes: a line, or several. */
export interface Terminal {
  /** What was asked for. */
  readonly print: (text: string) => void;
  /** What goes on, and what went wrong. */
  readonly tell: (text: string) => void;
}
