import { countTokens } from 'gpt-tokenizer';

/** How the provider counts: as OpenAI's models do, or by length alone where counting would disturb a measurement. */
export type Counting = 'tokenizer' | 'length';

const remembered = new Map<string, number>();
const maxRemembered = 10_000;

/** The tokens of a text. */
export function tokensOf(text: string, counting: Counting): number {
  if (counting === 'length') return Math.ceil(text.length / 5);
  const known = remembered.get(text);
  if (known !== undefined) return known;
  const count = countTokens(text, { allowedSpecial: new Set(), disallowedSpecial: new Set() });
  if (remembered.size >= maxRemembered) remembered.clear();
  remembered.set(text, count);
  return count;
}
