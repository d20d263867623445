/** The words of a text as hashes: what follows needs to know which are equal, never what they say. */
export interface Words {
  readonly count: number;
  /** 32-bit hash of each word in lower case, in order. */
  readonly hashes: Uint32Array;
  /** UTF-16 units of each word. */
  readonly lengths: Uint16Array;
  /** 1 where a word is of digits only. */
  readonly numeric: Uint8Array;
  /** 1 where a word begins with a capital letter. */
  readonly capital: Uint8Array;
  /** 1 where a word is the first of a sentence or line. */
  readonly first: Uint8Array;
}

/**
 * Splits a text into runs of letters and digits in one pass. Everything beyond ASCII counts as a letter but for general
 * punctuation, so a text without spaces becomes words at its punctuation.
 */
export function readWords(text: string): Words {
  const most = (text.length + 1) >> 1;
  const words = {
    hashes: new Uint32Array(most),
    lengths: new Uint16Array(most),
    numeric: new Uint8Array(most),
    capital: new Uint8Array(most),
    first: new Uint8Array(most),
  };
  let count = 0;
  let starts = true;
  for (let at = 0; at < text.length; ) {
    const code = text.charCodeAt(at);
    if (!isWordCode(code)) {
      if (code === 10 || code === 46 || code === 63 || code === 33) starts = true;
      at++;
      continue;
    }
    const from = at;
    let hash = offset;
    let digits = true;
    for (; at < text.length; at++) {
      const next = text.charCodeAt(at);
      if (!isWordCode(next)) break;
      if (next < 48 || next > 57) digits = false;
      hash = Math.imul(hash ^ lowered(next), prime);
    }
    words.hashes[count] = hash >>> 0;
    words.lengths[count] = Math.min(0xffff, at - from);
    words.numeric[count] = digits ? 1 : 0;
    words.capital[count] = code >= 65 && code <= 90 ? 1 : 0;
    words.first[count] = starts ? 1 : 0;
    starts = false;
    count++;
  }
  return { ...words, count };
}

/** The hash that `readWords` gives to a single word. */
export function wordHash(word: string): number {
  let hash = offset;
  for (let at = 0; at < word.length; at++) hash = Math.imul(hash ^ lowered(word.charCodeAt(at)), prime);
  return hash >>> 0;
}

/** FNV-1a. */
const offset = 0x811c9dc5;
const prime = 0x01000193;

function lowered(code: number): number {
  return code >= 65 && code <= 90 ? code + 32 : code;
}

function isWordCode(code: number): boolean {
  if (code < 128) return (code >= 97 && code <= 122) || (code >= 48 && code <= 57) || (code >= 65 && code <= 90);
  return !(code < 0xc0 || (code >= 0x2000 && code <= 0x206f) || (code >= 0x3000 && code <= 0x303f));
}
