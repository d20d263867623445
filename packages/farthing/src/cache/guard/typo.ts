import { isDictionaryWord, isRareWord } from './lexicon.js';
import type { Token } from './token.js';

/** Letters to insert, remove, change or exchange with their neighbour; more than `most` counts as `most + 1`. */
export function editDistance(one: string, other: string, most: number): number {
  if (Math.abs(one.length - other.length) > most) return most + 1;
  let beforeLast: number[] = [];
  let last = Array.from({ length: other.length + 1 }, (_, i) => i);
  for (let i = 1; i <= one.length; i++) {
    const row = [i];
    let least = i;
    for (let j = 1; j <= other.length; j++) {
      const same = one[i - 1] === other[j - 1];
      let cost = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (same ? 0 : 1));
      if (i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1])
        cost = Math.min(cost, (beforeLast[j - 2] ?? 0) + 1);
      row.push(cost);
      least = Math.min(least, cost);
    }
    if (least > most) return most + 1;
    beforeLast = last;
    last = row;
  }
  return Math.min(last[other.length] ?? 0, most + 1);
}

const slips: ReadonlySet<string> = new Set(
  `lone/loan then/than there/their your/you're its/it's loose/lose to/too form/from wat/what weather/whether
  definately/definitely alot/lot untill/until recieve/receive`.split(/\s+/),
);

function isWord({ text, key }: Token): boolean {
  return isDictionaryWord(text) || isDictionaryWord(key) || isRareWord(text) || isRareWord(key);
}

/** Beginnings and ends that make another thing of a word, a letter apart from each other: hyper and hypo, nitrate and nitrite. */
const beginnings: readonly (readonly [string, string])[] = [
  ['hyper', 'hypo'],
  ['inter', 'intra'],
  ['macro', 'micro'],
  ['ante', 'anti'],
  ['endo', 'exo'],
  ['ad', 'ab'],
  ['super', 'supra'],
];
const salt = /^(.{3,})(?:ate|ite|ide)s?$/;
const compound = /^(.{3,})(?:ane|ene|yne|anol|anal|anone)s?$/;
const common = /^(?:definite|infinite|finite|favorite|separate|desperate|private|appropriate|opposite|provide|divide)/;

function isOtherTerm(one: string, other: string): boolean {
  for (const [left, right] of beginnings)
    if (one.startsWith(left) && other.startsWith(right) && one.slice(left.length) === other.slice(right.length))
      return true;
  if (common.test(one) || common.test(other)) return false;
  return [salt, compound].some((pattern) => {
    const stem = pattern.exec(one)?.[1];
    return stem !== undefined && one !== other && stem === pattern.exec(other)?.[1] && one !== `${other}s`;
  });
}

/** Is one of the words the other, mistyped? Two words of the dictionary never are, and neither are two names. */
export function isTypo(left: Token, right: Token): boolean {
  if (left.kind !== 'word' || right.kind !== 'word') return false;
  const one = left.text;
  const other = right.text;
  const shorter = Math.min(one.length, other.length);
  if (shorter < 3 || !/^[a-z]+$/.test(one) || !/^[a-z]+$/.test(other)) return false;
  if (isOtherTerm(one, other) || isOtherTerm(other, one)) return false;
  if (slips.has(`${one}/${other}`) || slips.has(`${other}/${one}`)) return true;
  // Maria and Marta are two people.
  // ADM and AMD are two companies, USDC and USDT two coins.
  if (left.acronym && right.acronym) return false;
  if (left.capital && right.capital) return slippedLetters(one, other);
  const [oneKnown, otherKnown] = [isWord(left), isWord(right)];
  if (oneKnown && otherKnown) return false;
  if (!oneKnown && !otherKnown) return slippedLetters(one, other);
  const longer = Math.max(one.length, other.length);
  const most = longer >= 7 ? 2 : 1;
  const distance = Math.min(editDistance(one, other, most), editDistance(left.key, right.key, most));
  if (distance > most) return false;
  if (shorter <= 3) return distance === 1 && [...one].sort().join('') === [...other].sort().join('');
  if (distance === 2 && one[0] !== other[0]) return false;
  if (distance === 1 && isOtherConsonant(one, other)) return false;
  // An unknown word one letter away from a known short one is as often a name: Milos, silos.
  return longer >= 5 || slippedLetters(one, other);
}

const rows = ['qwertyuiop', 'asdfghjkl', 'zxcvbnm'];
/** Consonants that sound alike. */
const alike: ReadonlySet<string> = new Set('cs ck ks qk sz cz mn bp dt fv gj vw xz gk sx cx kx qc fp gh pb'.split(' '));

function areNeighbours(one: string, other: string): boolean {
  const place = (letter: string): readonly [number, number] => {
    const row = rows.findIndex((keys) => keys.includes(letter));
    return [row, (rows[row]?.indexOf(letter) ?? 0) + row / 2];
  };
  const [[row, column], [otherRow, otherColumn]] = [place(one), place(other)];
  return Math.abs(row - otherRow) <= 1 && Math.abs(column - otherColumn) <= 1;
}

/** One consonant for another that neither sounds like it nor lies beside it on the keyboard: dysphagia, dysphasia. */
function isOtherConsonant(one: string, other: string): boolean {
  if (one.length !== other.length) return false;
  const at = [...one].findIndex((letter, i) => letter !== other[i]);
  const [left, right] = [one[at] ?? '', other[at] ?? ''];
  if (one.slice(at + 1) !== other.slice(at + 1) || /[aeiouy]/.test(left + right)) return false;
  return !alike.has(left + right) && !alike.has(right + left) && !areNeighbours(left, right);
}

/** Equal but for one doubled letter or one pair of exchanged neighbours: how names are mistyped. */
function slippedLetters(one: string, other: string): boolean {
  const shorter = Math.min(one.length, other.length);
  if (shorter < 4 || one[0] !== other[0]) return false;
  const single = (word: string): string => word.replace(/(.)\1+/g, '$1');
  if (single(one) === single(other)) return true;
  if (shorter < 5) return false;
  if (one.length !== other.length) {
    const vowels = (word: string): string => word.replace(/[aeiou]/g, '');
    return shorter >= 8 && editDistance(one, other, 1) === 1 && vowels(one) === vowels(other);
  }
  let at = 0;
  while (at < one.length && one[at] === other[at]) at++;
  return one[at] === other[at + 1] && one[at + 1] === other[at] && one.slice(at + 2) === other.slice(at + 2);
}
