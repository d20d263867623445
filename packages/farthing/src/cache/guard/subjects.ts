import type { Side } from './align.js';
import { auxiliaries } from './function-words.js';
import { type Measures, reason, weighed } from './measures.js';
import type { Reason } from './reason.js';
import type { Token } from './token.js';

/** Who does a thing, by the pronoun; "we" is one who asks. */
const subjectOf: ReadonlyMap<string, string> = new Map(
  Object.entries({ asker: 'i we', asked: 'you', he: 'he', she: 'she', they: 'they', anybody: 'one someone' }).flatMap(
    ([person, list]) => list.split(' ').map((word) => [word, person] as const),
  ),
);
const askers = /^(?:i|me|my|mine|we|us|our|ours)$/;
/** May stand between a subject and its verb. */
const between =
  /^(?:not|have|has|had|to|also|just|still|already|ever|even|really|be|been|being|allowed|able|supposed|going|need|want|always|never|only|am|are|is|was|were)$/;

/** Of a pronoun in a question: where it stands and whom it means. */
interface Subject {
  readonly token: Token;
  readonly person: string;
}

/** The person that a verb is said of: the pronoun before it, auxiliaries and the like between them. */
function subjectBefore({ question: { tokens } }: Side, verb: Token): Subject | undefined {
  for (let at = verb.index - 1; at >= Math.max(0, verb.index - 5); at--) {
    const token = tokens[at];
    if (!token || token.clause !== verb.clause) return undefined;
    const person = subjectOf.get(token.text);
    if (person !== undefined && token.kind === 'word') return { token, person };
    if (!between.test(token.text) && !(token.kind === 'word' && auxiliaries.has(token.text))) return undefined;
  }
  return undefined;
}

/** The noun right before a verb: "my brother co-signed". */
function nounBefore({ question: { tokens } }: Side, verb: Token): Token | undefined {
  const before = tokens[verb.index - 1];
  return before?.kind === 'word' && before.content && before.clause === verb.clause ? before : undefined;
}

/** Is the verb one, as far as its form and its place tell: "sold", "co-signed", or behind an auxiliary and its subject? */
const isVerb = ({ text, key }: Token): boolean => text !== key || verbal.test(text);
const verbal = /(?:ed|en|ld|nt|ught|ells?|ings?)$/;

/** "I", "you" and "one" stand for anybody, unless the one who asks is named beside "you": then that is who is asked. */
function differ(left: Side, one: Subject, right: Side, other: Subject): boolean {
  if (one.person === other.person) return false;
  const generic = /^(?:asker|asked|anybody)$/;
  if ([left, right].some(meansAnybody)) return false;
  if (!generic.test(one.person) || !generic.test(other.person))
    // "They" is anybody as well.
    return ![one, other].some(({ person }) => person === 'they') || bothSpecific(one, other);
  // "What did I order" and "what did you order" ask for what has happened to one of the two.
  if ([one, other].every(({ person }) => person !== 'anybody') && isEvent(left, one) && isEvent(right, other))
    return true;
  const asked = one.person === 'asked' ? left : other.person === 'asked' ? right : undefined;
  return asked?.question.tokens.some((token) => askers.test(token.text)) === true;
}

function isEvent({ question: { tokens, text } }: Side, { token }: Subject): boolean {
  return tokens[token.index - 1]?.text === 'did' && /^\W*(?:what|when|where|which|did)\b/.test(text);
}

/** "Should one appear if he scored": who "he" is, "one" has said. */
const meansAnybody = ({ question: { text } }: Side): boolean =>
  /\b(?:should|can|could|does|if|must|may|would|will|when) one\b|\b(?:someone|somebody|anyone|person)\b/.test(text);

const bothSpecific = (one: Subject, other: Subject): boolean =>
  [one, other].every(({ person }) => /^(?:he|she|they|asker)$/.test(person)) &&
  [one, other].some(({ person }) => person === 'asker');

/** Who does what, by pronouns: "must I give" and "must he give", "I sold" and "the dealership sold". */
export function subjectFindings(measures: Measures): Reason[] {
  const { alignment, order, overlap } = measures;
  const { left, right, antonyms } = alignment;
  if (overlap.least < 0.6 || antonyms.length > 0) return [];
  const found = agentFindings(left, right);
  if (found.length > 0 || order.passive !== 'none') return found;
  const alone = overlap.leftWords.length + overlap.rightWords.length === 0;
  for (const [token, { kind, partner }] of left.links) {
    if (!partner || token.kind !== 'word' || partner.kind !== 'word' || kind === 'related') continue;
    const [one, other] = [subjectBefore(left, token), subjectBefore(right, partner)];
    if (one && other) {
      if (differ(left, one, right, other))
        return [weighed(alone, 'person', 'another person does it', [one.token], [other.token])];
      continue;
    }
    const [pronoun, noun, holder, giver] =
      one && !other
        ? ([one, nounBefore(right, partner), right, left] as const)
        : other && !one
          ? ([other, nounBefore(left, token), left, right] as const)
          : [];
    if (
      !pronoun ||
      !noun ||
      !holder ||
      !giver ||
      pronoun.token.index + 1 < (giver === left ? token : partner).index - 1
    )
      continue;
    // The noun stands in the other question as well, and there it does nothing: the parts are exchanged.
    const there = holder.links.get(noun)?.partner;
    const means = /^(?:with|by|using|via|through|on|in)$/.test(
      giver.question.tokens[(there?.index ?? 0) - 1]?.text ?? '',
    );
    if (!there || means || !isVerb(token) || noun.frame || token.frame || isSubject(giver, there)) continue;
    return [
      weighed(
        alone && namesPerson(holder, pronoun),
        'role-order',
        'what one does, the other does',
        [giver === left ? pronoun.token : noun],
        [giver === left ? noun : pronoun.token],
      ),
    ];
  }
  return [];
}

const personal: Readonly<Record<string, RegExp>> = {
  asker: askers,
  asked: /^(?:you|your|yours)$/,
  he: /^(?:he|him|his)$/,
  she: /^(?:she|her|hers)$/,
  they: /^(?:they|them|their|theirs)$/,
};
const namesPerson = ({ question }: Side, { person }: Subject): boolean =>
  question.tokens.some(({ text }) => personal[person]?.test(text) === true);

/** Does a verb follow? "My brother co-signed", not "my brother's loan". */
function isSubject({ question: { tokens } }: Side, noun: Token): boolean {
  const next = tokens[noun.index + 1];
  return (
    next !== undefined && next.clause === noun.clause && (auxiliaries.has(next.text) || (next.content && isVerb(next)))
  );
}

/** "Asked by the interviewer" and "asked by me". */
function agentFindings(left: Side, right: Side): Reason[] {
  if (!left.question.stance.passive || !right.question.stance.passive) return [];
  const agent = ({ question: { tokens } }: Side): { verb: Token; by: Token } | undefined => {
    const at = tokens.findIndex((token, i) => token.text === 'by' && /(?:ed|en|t|n)$/.test(tokens[i - 1]?.text ?? ''));
    let behind = at + 1;
    while (/^(?:the|a|an|my|your|his|her|our|their)$/.test(tokens[behind]?.text ?? '')) behind++;
    const [verb, by] = [tokens[at - 1], tokens[behind]];
    return at > 0 && verb && by ? { verb, by } : undefined;
  };
  const [one, other] = [agent(left), agent(right)];
  if (!one || !other || left.links.get(one.verb)?.partner !== other.verb || one.by.key === other.by.key) return [];
  const persons = [one.by, other.by].map(({ text }) => /^(?:me|us|him|her|them|you)$/.test(text));
  if (persons[0] === persons[1] && !persons[0]) return [];
  return [reason('different', 'role-order', 'another one does it', [one.by], [other.by])];
}
