import type { Side } from './align.js';
import { determiners } from './function-words.js';
import { type Measures, reason } from './measures.js';
import type { Reason } from './reason.js';
import type { Token } from './token.js';

/** Which way something goes, seen from what stands behind the word. */
const ways: ReadonlyMap<string, 'there' | 'away'> = new Map([
  ...['to', 'into', 'onto', 'toward', 'towards'].map((word) => [word, 'there'] as const),
  ...['from', 'off'].map((word) => [word, 'away'] as const),
]);
/** What goes with either word and means the same: "different from", "different to". */
const eitherWay = /^(?:differ|differs|differed|different|difference|differently|averse|immune)$/;

/** A place that one question goes to and the other comes from: the words correspond, and the answers do not. */
export function directionFindings({ alignment: { left, right } }: Measures): Reason[] {
  const found: Reason[] = [];
  for (const [token, { kind, partner }] of left.links) {
    if (!partner || kind === 'antonym' || !token.content || !partner.content) continue;
    const [one, other] = [wayOf(left, token), wayOf(right, partner)];
    if (!one || !other || one.way === other.way) continue;
    const spans = [`${one.word} ${token.text}`, `${other.word} ${partner.text}`] as const;
    found.push(reason('different', 'role-order', 'one goes to what the other comes from', ...spans));
  }
  return found;
}

/** The word of direction right before a token, determiners between them aside. */
function wayOf(side: Side, token: Token): { word: string; way: 'there' | 'away' } | undefined {
  const { tokens } = side.question;
  let at = token.index - 1;
  const skips = (): boolean =>
    determiners.has(tokens[at]?.text ?? '') ||
    (token.index - at <= 2 && /^(?:old|new|other|own|current)$/.test(tokens[at]?.key ?? ''));
  while (skips()) at--;
  // "Closer to" and "farther from" are opposites already.
  const governing = tokens[at - 1];
  if (governing && side.links.get(governing)?.kind === 'antonym') return undefined;
  const word = tokens[at]?.text ?? '';
  const way = ways.get(word);
  return way && !eitherWay.test(tokens[at - 1]?.text ?? '') ? { word, way } : undefined;
}
