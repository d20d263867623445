/** The answers that a text offers to choose from, and how it asks for one. */
export interface Choices {
  /** Lines that begin like `A.`, `B)` or `(C)`, in order from A. */
  readonly count: number;
  /** UTF-16 units before the first choice; of the whole text where there is none. */
  readonly stem: number;
  readonly meanLength: number;
  readonly shortest: number;
  readonly longest: number;
  /** Choices that begin with a digit, a sign or a dollar. */
  readonly numeric: number;
  /** The text ends by asking for the answer: `Answer:`. */
  readonly asks: boolean;
  /** Lines that begin with a dash, an asterisk, a bullet or a number and a dot. */
  readonly items: number;
}

/** Reads the lines of a text once. */
export function readChoices(text: string): Choices {
  const lengths: number[] = [];
  let [stem, numeric, items] = [text.length, 0, 0];
  for (let from = 0; from < text.length; ) {
    const end = text.indexOf('\n', from);
    const to = end < 0 ? text.length : end;
    const start = choiceStart(text, from, 65 + lengths.length);
    if (start > 0) {
      if (lengths.length === 0) stem = from;
      lengths.push(Math.max(0, to - start));
      if (isNumberStart(text.charCodeAt(start))) numeric++;
    } else if (isItem(text, from)) items++;
    from = to + 1;
  }
  return {
    count: lengths.length,
    stem,
    numeric,
    items,
    meanLength: lengths.length === 0 ? 0 : lengths.reduce((sum, length) => sum + length, 0) / lengths.length,
    shortest: lengths.length === 0 ? 0 : Math.min(...lengths),
    longest: lengths.length === 0 ? 0 : Math.max(...lengths),
    asks: text.slice(-16).trimEnd().toLowerCase().endsWith('answer:'),
  };
}

/** Where the words of the choice under this capital letter begin, or -1 where the line is no such choice. */
function choiceStart(text: string, from: number, letter: number): number {
  const at = text.charCodeAt(from) === 40 ? from + 1 : from;
  if (letter > 90 || text.charCodeAt(at) !== letter) return -1;
  const mark = text.charCodeAt(at + 1);
  if (mark !== 46 && mark !== 41 && mark !== 58) return -1;
  return text.charCodeAt(at + 2) === 32 ? at + 3 : at + 2;
}

function isItem(text: string, from: number): boolean {
  let at = from;
  while (at < from + 4 && text.charCodeAt(at) === 32) at++;
  const code = text.charCodeAt(at);
  if (code === 45 || code === 42 || code === 0x2022) return true;
  return isDigit(code) && (text.charCodeAt(at + 1) === 46 || text.charCodeAt(at + 1) === 41);
}

function isNumberStart(code: number): boolean {
  return isDigit(code) || code === 43 || code === 45 || code === 36;
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}
