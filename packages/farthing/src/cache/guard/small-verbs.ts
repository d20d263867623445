import type { Side } from './align.js';
import { opposite } from './antonyms.js';
import { auxiliaries, words } from './function-words.js';
import { type Measures, reason } from './measures.js';
import type { Reason } from './reason.js';
import { synonymStrength } from './synonyms.js';
import type { Token } from './token.js';

/** Who does it: "I", "you" and the like stand for anybody. */
const anybody = /^(?:i|you|we|they|one|people|someone|he|she)$/;

/** Verbs that say little, and by which it is decided all the same who gives and who gets. */
const small: ReadonlySet<string> = words(
  'give get got take make find show tell ask answer know need want help do have go write name list suggest recommend learn',
);
/** Small verbs that stand for each other: one gets, finds or has a number, and asks for it. */
const alike: ReadonlySet<string> = words(
  `find/get find/know find/tell get/have get/take have/need need/want know/tell get/need get/want do/go do/make get/know find/have
  learn/know do/have do/get get/make ask/get find/make_ go/take do/take get/go give/tell give/show show/tell get/learn do/know`,
);

/** The verb of "how do I …", "can you …", "how to …". */
function verbOf({ question: { tokens } }: Side): Token | undefined {
  const at = tokens.findIndex(
    (token, i) =>
      (anybody.test(token.text) && auxiliaries.has(tokens[i - 1]?.text ?? '')) ||
      (token.text === 'to' && /^(?:how|where|when|way|what)$/.test(tokens[i - 1]?.text ?? '')),
  );
  return at < 0 ? undefined : tokens[at + 1];
}

const pairOf = (one: Token, other: Token): string => [one.key, other.key].sort().join('/');

/** "Give a refund" and "get a refund": the verbs belong to the asking mostly, but not where each side has its own. */
export function smallVerbFindings({ alignment: { left, right }, overlap }: Measures): Reason[] {
  if (overlap.leftWords.length + overlap.rightWords.length > 0) return [];
  const [one, other] = [verbOf(left), verbOf(right)];
  if (!one || !other || one.key === other.key || left.links.has(one) || right.links.has(other)) return [];
  if (!small.has(one.key) || !small.has(other.key) || alike.has(pairOf(one, other))) return [];
  const opposed = pairOf(one, other) === 'answer/ask' || opposite(one.key, other.key);
  if (!opposed && synonymStrength(one, other) > 0) return [];
  return [reason(opposed ? 'different' : 'doubt', 'small-verb', 'another small verb', [one], [other])];
}
