/** A fenced block of code: there even white space and case mean something. */
const fence = /```|~~~/;
/** Code within a line: case means something. */
const inlineCode = /`/;

/**
 * Whether two answers say the same in other clothes: white space, letter case, typography, emphasis of markdown and the
 * punctuation at the end of words. What could change a meaning stays: signs, decimals, brackets, question marks, code.
 * Empty answers are equal to nothing, since there was nothing to compare.
 */
export function equalAnswers(left: string, right: string): boolean {
  const normalised = normaliseAnswer(left);
  return normalised !== '' && normalised === normaliseAnswer(right);
}

function normaliseAnswer(answer: string): string {
  const text = answer.normalize('NFC').replace(/\r\n?/g, '\n').trim();
  if (fence.test(text))
    return text
      .split('\n')
      .map((line) => line.trimEnd())
      .join('\n');
  const plain = text
    .replace(/[\u2018\u2019\u201a]/g, "'")
    .replace(/[\u201c\u201d\u201e]/g, '"')
    .replace(/[\u2010\u2011]/g, '-')
    // Headings and bullets; before a number, and in front of a comparison, such a mark may be a sign.
    .replace(/^[ \t]*(?:#{1,6}|[-*+\u2022])[ \t]+(?=[^\d\s])/gm, '')
    // Emphasis opens before a word and closes after one; between two words or in the open it is a sign of its own.
    .replace(/(?<=^|[\s("'])(?:\*{1,3}|_{1,3})(?=[^\s*_])/gm, '')
    .replace(/(?<=[^\s*_])(?:\*{1,3}|_{1,3})(?=$|[\s.,;:!?)"'])/gm, '')
    // Full stops, commas and the like after a letter, a digit or a bracket, if the word ends there; no factorials.
    .replace(/(?<=[\p{L}\p{N})\]%])[.,;:]+(?=\s|$)/gmu, '')
    .replace(/(?<=\p{L})!+(?=\s|$)/gmu, '')
    .replace(/\s+/g, ' ')
    .trim();
  if (inlineCode.test(plain)) return plain;
  // After a number, letters are a unit: 5 mW is not 5 MW.
  return plain.replace(/(\d\s?)?\p{L}+/gu, (word, number) => (number === undefined ? word.toLowerCase() : word));
}
