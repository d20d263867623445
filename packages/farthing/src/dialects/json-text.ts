/** Where a value stands in a text of JSON: from `start` up to, and without, `end`. In UTF-16 units. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** The way to a value: names of fields and indices of arrays. */
export type JsonPath = readonly (string | number)[];

/**
 * Finds a value in the text of valid JSON, so that a change can be written into the text: parsed and written again, a
 * large number would lose its last digits. Of fields that are named twice the last one counts, as `JSON.parse` has it.
 * @returns `undefined` where the path leads nowhere
 */
export function spanIn(text: string, path: JsonPath): Span | undefined {
  let start = afterBlanks(text, 0);
  for (const step of path) {
    const found = typeof step === 'number' ? elementAt(text, start, step) : fieldOf(text, start, step);
    if (found === undefined) return undefined;
    start = found;
  }
  return { start, end: afterValue(text, start) };
}

/** The text with other texts in the place of some spans, which must not overlap. */
export function withReplaced(text: string, changes: readonly (Span & { readonly by: string })[]): string {
  let result = '';
  let from = 0;
  for (const { start, end, by } of changes.toSorted((a, b) => a.start - b.start)) {
    result += text.slice(from, start) + by;
    from = end;
  }
  return result + text.slice(from);
}

/** The text of an object with one more field at its end; the field's name must not be in it yet. */
export function withField(text: string, name: string, value: string): string {
  const end = text.lastIndexOf('}');
  const isEmpty = /\{\s*$/.test(text.slice(0, end));
  return `${text.slice(0, end)}${isEmpty ? '' : ','}${JSON.stringify(name)}:${value}${text.slice(end)}`;
}

/** Where the fields of an object stand whose value begins at `start`; none where it is no object. The last of a name counts. */
export function fieldsAt(text: string, start: number): ReadonlyMap<string, Span> {
  const found = new Map<string, Span>();
  if (text[start] !== '{') return found;
  let at = afterBlanks(text, start + 1);
  while (text[at] === '"') {
    const nameEnd = afterString(text, at);
    const value = afterBlanks(text, afterBlanks(text, nameEnd) + 1);
    const end = afterValue(text, value);
    found.set(text.slice(at + 1, nameEnd - 1), { start: value, end });
    at = afterBlanks(text, end);
    if (text[at] !== ',') break;
    at = afterBlanks(text, at + 1);
  }
  return found;
}

/** Where the elements of an array stand whose value begins at `start`; none where it is no array. */
export function elementsAt(text: string, start: number): readonly Span[] {
  const found: Span[] = [];
  let at = text[start] === '[' ? afterBlanks(text, start + 1) : text.length;
  while (at < text.length && text[at] !== ']') {
    const end = afterValue(text, at);
    found.push({ start: at, end });
    at = afterBlanks(text, end);
    if (text[at] !== ',') break;
    at = afterBlanks(text, at + 1);
  }
  return found;
}

function fieldOf(text: string, objectStart: number, name: string): number | undefined {
  if (text[objectStart] !== '{') return undefined;
  let found: number | undefined;
  let at = afterBlanks(text, objectStart + 1);
  while (text[at] === '"') {
    const nameEnd = afterString(text, at);
    const value = afterBlanks(text, afterBlanks(text, nameEnd) + 1);
    if (JSON.parse(text.slice(at, nameEnd)) === name) found = value;
    at = afterBlanks(text, afterValue(text, value));
    if (text[at] !== ',') break;
    at = afterBlanks(text, at + 1);
  }
  return found;
}

function elementAt(text: string, arrayStart: number, index: number): number | undefined {
  if (text[arrayStart] !== '[') return undefined;
  let at = afterBlanks(text, arrayStart + 1);
  if (text[at] === ']') return undefined;
  for (let passed = 0; passed < index; passed++) {
    at = afterBlanks(text, afterValue(text, at));
    if (text[at] !== ',') return undefined;
    at = afterBlanks(text, at + 1);
  }
  return at;
}

function afterValue(text: string, start: number): number {
  const first = text[start];
  if (first === '"') return afterString(text, start);
  if (first !== '{' && first !== '[') return endOf(/[\s,\]}]/g, text, start);
  let depth = 0;
  let at = start;
  do {
    at = endOf(/["{}[\]]/g, text, at);
    const found = text[at];
    if (found === undefined) return text.length;
    if (found === '"') at = afterString(text, at);
    else {
      depth += found === '{' || found === '[' ? 1 : -1;
      at++;
    }
  } while (depth > 0);
  return at;
}

function afterString(text: string, start: number): number {
  for (let at = start + 1; ; at++) {
    at = text.indexOf('"', at);
    if (at < 0) return text.length;
    let slashes = 0;
    while (text[at - 1 - slashes] === '\\') slashes++;
    if (slashes % 2 === 0) return at + 1;
  }
}

function afterBlanks(text: string, start: number): number {
  let at = start;
  // A byte order mark may stand before all else.
  while (/[\s\uFEFF]/.test(text[at] ?? '')) at++;
  return at;
}

function endOf(pattern: RegExp, text: string, start: number): number {
  pattern.lastIndex = start;
  return pattern.exec(text)?.index ?? text.length;
}
