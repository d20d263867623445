import type { Side } from './align.js';
import { auxiliaries } from './function-words.js';
import { type Measures, reason } from './measures.js';
import type { Reason } from './reason.js';
import type { Token } from './token.js';

/** Whom a word stands for. */
const personOf: ReadonlyMap<string, string> = new Map(
  Object.entries({
    asker: 'i me my mine myself we us our ours',
    asked: 'you your yours yourself',
    he: 'he him his',
    she: 'she her hers',
    they: 'they them their theirs',
  }).flatMap(([person, list]) => list.split(' ').map((word) => [word, person] as const)),
);
const possessive = /^(?:my|your|our)$/;

function personsIn({ question: { tokens } }: Side): readonly string[] {
  return tokens.flatMap((token) => (token.content ? [] : (personOf.get(token.text) ?? [])));
}

/** Two persons that have changed places: "what do you know about me", "what do I know about you". */
function exchanged(left: Side, right: Side): boolean {
  const [one, other] = [runs(personsIn(left)), runs(personsIn(right))];
  return one.length === 2 && other.length === 2 && one[0] === other[1] && one[1] === other[0];
}

const runs = (persons: readonly string[]): readonly string[] =>
  persons.filter((person, at) => person !== persons[at - 1]);

/** A thing that is mine here and yours there. */
function otherOwner(left: Side, right: Side): readonly [Token, Token] | undefined {
  for (const [token, { partner }] of left.links) {
    if (!partner) continue;
    const [one, other] = [left.question.tokens[token.index - 1], right.question.tokens[partner.index - 1]];
    if (!one || !other || !possessive.test(one.text) || !possessive.test(other.text)) continue;
    if (personOf.get(one.text) !== personOf.get(other.text)) return [one, other];
  }
  return undefined;
}

/** "Is my", "are your": the thing itself is asked about, not what anybody could do with it. */
function isSubject(side: Side, owner: Token): boolean {
  return /^(?:is|are|was|were)$/.test(side.question.tokens[owner.index - 1]?.text ?? '');
}

/** "Are you insured" and "am I insured". */
function otherSubject(side: Side): string | undefined {
  const { tokens } = side.question;
  const at = tokens.findIndex(
    (token, i) => /^(?:i|you)$/.test(token.text) && /^(?:are|am|was|were)$/.test(tokens[i - 1]?.text ?? ''),
  );
  return at < 0 ? undefined : tokens[at]?.text;
}

/** Who is asked about, and whose a thing is. */
export function personFindings({ alignment: { left, right, antonyms }, order, overlap }: Measures): Reason[] {
  if (order.passive !== 'none' || antonyms.length > 0 || overlap.least < 0.6) return [];
  if (exchanged(left, right) && order.swaps.length === 0)
    return [
      reason(
        'different',
        'person',
        'two persons have changed places',
        personsIn(left).join(' '),
        personsIn(right).join(' '),
      ),
    ];
  const owners = otherOwner(left, right);
  if (owners) {
    const sure = isSubject(left, owners[0]) && isSubject(right, owners[1]);
    // "How do I build my strength" and "how do I build your strength" are one; "how do I" with "yours" alone may be two.
    const mixed = [left, right].some((side) => new Set(personsIn(side)).size > 1);
    if (sure || mixed)
      return [reason(sure ? 'different' : 'doubt', 'person', 'mine and yours', [owners[0]], [owners[1]])];
  }
  const [one, other] = [otherSubject(left), otherSubject(right)];
  if (one && other && one !== other) return [reason('different', 'person', 'about me and about you', one, other)];
  const lone = [loneSubject(left), loneSubject(right)];
  if (!lone[0] || !lone[1] || lone[0] === lone[1]) return [];
  return [reason('doubt', 'person', 'another person, and nothing else', lone[0], lone[1])];
}

/** Who lives, in "where do you live": with nothing beside the verb there is no task that anybody could have. */
function loneSubject(side: Side): string | undefined {
  const { tokens, text } = side.question;
  const [person, ...others] = personsIn(side);
  const isSubject = tokens.some((token, at) => personOf.has(token.text) && auxiliaries.has(tokens[at - 1]?.text ?? ''));
  return others.length === 0 && isSubject && side.content.length <= 1 && /^\W*(?:where|when)\b/.test(text)
    ? person
    : undefined;
}
