/** What the model is given of a text. */
export interface Reading {
  /** Word pieces with the marks of beginning and end. */
  readonly ids: readonly number[];
  /** The end of the last word that went in whole, in UTF-16 units; the text's length when all of it did. */
  readonly readLength: number;
  /** Words that became the one piece for "unknown", as they stand in the text. */
  readonly unreadWords: readonly string[];
}

/** As sentence-transformers cuts for this model, both marks included. */
const maxPieces = 256;
/** A longer word is unknown as a whole, as in the reference. */
const maxCharactersInWord = 100;

const [unknownId, beginId, endId] = [100, 101, 102];
const special = /\[(?:PAD|UNK|CLS|SEP|MASK)\]/y;
const dropped = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\ufffd]/u;
const space = /\s/u;
const punctuation = /[!-/:-@[-`{-~\p{P}]/u;
const nonSpacingMarks = /\p{Mn}+/gu;

/**
 * The uncased BERT tokenizer: the same ids as Hugging Face's `tokenizers` for this model's `tokenizer.json`. Knows, unlike
 * those, where in the text it stopped reading.
 */
export function createTokenizer(vocabulary: Readonly<Record<string, number>>): (text: string) => Reading {
  const pieces = new Map(Object.entries(vocabulary));
  return (text) => {
    const ids: number[] = [beginId];
    const unreadWords: string[] = [];
    let readLength = 0;
    for (const word of wordsOf(text)) {
      const found = word.id === undefined ? split(word.characters, pieces) : [word.id];
      const room = maxPieces - 1 - ids.length;
      ids.push(...found.slice(0, room));
      if (found.length > room) return { ids: [...ids, endId], readLength, unreadWords };
      if (found[0] === unknownId && word.id === undefined) unreadWords.push(text.slice(word.start, word.end));
      readLength = word.end;
    }
    return { ids: [...ids, endId], readLength: text.length, unreadWords };
  };
}

interface Word {
  readonly start: number;
  readonly end: number;
  readonly characters: readonly string[];
  /** Set where the text spells out one of the model's marks. */
  readonly id?: number;
}

/** Runs of what is neither space nor punctuation, and each mark of punctuation and each Chinese character by itself. */
function* wordsOf(text: string): Generator<Word> {
  let characters: string[] = [];
  let start = 0;
  for (let at = 0; at < text.length; ) {
    const mark = markAt(text, at);
    const character = mark?.text ?? String.fromCodePoint(text.codePointAt(at) ?? 0);
    const end = at + character.length;
    const folded = mark ? '' : fold(character);
    const kind = mark ? 'alone' : kindOf(character, folded);
    if (kind !== 'part' && kind !== 'nothing' && characters.length > 0) {
      yield { start, end: at, characters };
      characters = [];
    }
    if (mark) yield { start: at, end, characters: [], id: mark.id };
    else if (kind === 'alone') yield { start: at, end, characters: [...folded] };
    else if (kind === 'part') {
      if (characters.length === 0) start = at;
      // No more than tells that the word is too long.
      if (characters.length <= maxCharactersInWord) characters.push(...folded);
    }
    at = end;
  }
  if (characters.length > 0) yield { start, end: text.length, characters };
}

const marks: ReadonlyMap<string, number> = new Map([
  ['[PAD]', 0],
  ['[UNK]', unknownId],
  ['[CLS]', beginId],
  ['[SEP]', endId],
  ['[MASK]', 103],
]);

function markAt(text: string, at: number): { readonly text: string; readonly id: number } | undefined {
  if (text[at] !== '[') return undefined;
  special.lastIndex = at;
  const found = special.exec(text)?.[0];
  const id = found === undefined ? undefined : marks.get(found);
  return found === undefined || id === undefined ? undefined : { text: found, id };
}

type Kind = 'part' | 'alone' | 'space' | 'nothing';

function kindOf(character: string, folded: string): Kind {
  return ascii[character.charCodeAt(0)] ?? classify(character, folded);
}

function classify(character: string, folded: string): Kind {
  if (character === '\n' || character === '\t' || character === '\r') return 'space';
  if (dropped.test(character)) return 'nothing';
  if (space.test(character)) return 'space';
  // Folded, since an unequal sign is an equal sign by then.
  return punctuation.test(folded) || isChinese(character.codePointAt(0) ?? 0) ? 'alone' : 'part';
}

const ascii: readonly Kind[] = Array.from({ length: 128 }, (_, code) => {
  const character = String.fromCharCode(code);
  return classify(character, character);
});

/** The blocks that the reference sets apart: ideographs, no kana and no hangul. */
function isChinese(code: number): boolean {
  return (
    (code >= 0x4e00 && code <= 0x9fff) ||
    (code >= 0x3400 && code <= 0x4dbf) ||
    (code >= 0xf900 && code <= 0xfaff) ||
    (code >= 0x20000 && code <= 0x2a6df) ||
    (code >= 0x2a700 && code <= 0x2ceaf) ||
    (code >= 0x2f800 && code <= 0x2fa1f)
  );
}

/** Without accents and case, a character at a time: a sigma at a word's end stays what it is elsewhere. */
function fold(character: string): string {
  if (character <= '\u007f') return character.toLowerCase();
  return Array.from(character.normalize('NFD').replace(nonSpacingMarks, ''), (each) => each.toLowerCase()).join('');
}

/** Greedy: the longest piece that fits, from left to right; one unknown where any part does not fit. */
function split(characters: readonly string[], pieces: ReadonlyMap<string, number>): number[] {
  if (characters.length > maxCharactersInWord) return [unknownId];
  const ids: number[] = [];
  for (let start = 0; start < characters.length; ) {
    let end = characters.length;
    let id: number | undefined;
    for (; end > start && id === undefined; end--)
      id = pieces.get((start > 0 ? '##' : '') + characters.slice(start, end).join(''));
    if (id === undefined) return [unknownId];
    ids.push(id);
    start = end + 1;
  }
  return ids;
}
