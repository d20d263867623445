import { readChoices } from '../features/choices.js';

/** The letter that an answer to a multiple-choice question ends on; `undefined` where it names none, or several. */
export function finalChoice(answer: string, choices: number): string | undefined {
  const letter = `([A-${String.fromCharCode(64 + Math.min(26, choices))}])`;
  // Capitals that stand by themselves, not the article of "A dog".
  const alone = String.raw`(?<![A-Za-z'])\(?${letter}(?=[).:,;*"']|\s*$)`;
  const told = [
    ...answer.matchAll(new RegExp(String.raw`\b(?:[Aa]nswer|[Cc]hoice|[Oo]ption)\b(?: is|:)*[\s"'*(]*${alone}`, 'gm')),
  ].at(-1)?.[1];
  const named = new Set([...answer.matchAll(new RegExp(alone, 'gm'))].map((found) => found[1]));
  return told ?? (named.size === 1 ? [...named][0] : undefined);
}

const numeral = String.raw`-?(?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d+)?`;
/** In UTF-16 units, with its unit and what stands around it. */
const longestBareNumber = 60;
/** Where a final number is marked: GSM8K's `#### 72`, TeX's `\boxed{72}`, "the answer is 72". */
const marks: readonly RegExp[] = [
  new RegExp(String.raw`####\s*\$?(${numeral})`, 'g'),
  new RegExp(String.raw`\\boxed\{\s*\$?(${numeral})`, 'g'),
  new RegExp(String.raw`\b(?:answer|result|total)\b[^\d\n.-]{0,30}(?:is|=|:)\s*\*{0,2}\$?(${numeral})`, 'gi'),
];

/** The number that an answer says is its last word; `undefined` where it marks none and is no bare number. */
export function finalNumber(answer: string): number | undefined {
  for (const mark of marks) {
    const found = [...answer.matchAll(mark)].map((match) => numberOf(match[1])).findLast((each) => each !== undefined);
    if (found !== undefined) return found;
  }
  const bare = answer.trim();
  // A long answer is no bare number, and costs this pattern the cube of its length.
  if (bare.length > longestBareNumber) return undefined;
  return numberOf(new RegExp(String.raw`^\W*?(${numeral})\s*[\p{L}%°]{0,12}\W*$`, 'u').exec(bare)?.[1]);
}

function numberOf(text: string | undefined): number | undefined {
  if (!text || !/\d/.test(text)) return undefined;
  return Number(text.replaceAll(',', ''));
}

/** How many choices a question offers; 0 where it is no multiple-choice question. */
export function choicesOffered(turn: string): number {
  const { count } = readChoices(turn);
  return count >= 2 ? count : 0;
}
