import type { Side } from './align.js';
import { type Measures, weighed } from './measures.js';
import type { Reason } from './reason.js';
import type { Token } from './token.js';

/** How far along a thing is. */
type Aspect = 'going-on' | 'done' | 'over' | 'planned';

/** Say that a thing is not so yet. */
const prospective = /^(?:plan|try|consider|intend|hope|prepare|think|want|expect|aim)$/;

/** "I used to take", but not "I am used to": what was so, and no longer is. */
function isOver({ question: { text, tokens } }: Side): Token | undefined {
  if (!text.includes('used to')) return undefined;
  return tokens.find(
    (token, at) =>
      token.text === 'used' &&
      tokens[at + 1]?.text === 'to' &&
      /^(?:i|we|he|she|they|you|who|that|it)$/.test(tokens[at - 1]?.text ?? ''),
  );
}

/** What somebody says of himself or another before the verb: "I am applying", "I have applied". */
function aspectOf({ question: { tokens } }: Side, verb: Token): Aspect | undefined {
  if (verb.text === verb.key) return undefined;
  let at = verb.index - 1;
  while (/^(?:not|just|already|now|still|currently|recently|been)$/.test(tokens[at]?.text ?? '')) at--;
  const [auxiliary, subject] = [tokens[at]?.text ?? '', tokens[at - 1]?.text ?? ''];
  if (!/^(?:i|we|he|she|they)$/.test(subject)) return undefined;
  if (/^(?:am|is|are|was|were)$/.test(auxiliary) && verb.text.endsWith('ing')) return 'going-on';
  if (/^(?:have|has|had)$/.test(auxiliary) && verb.text !== verb.key && !/(?:ing|s)$/.test(verb.text)) return 'done';
  return undefined;
}

/** A thing that is planned, going on, done or over. */
export function aspectFindings({ alignment: { left, right }, overlap }: Measures): Reason[] {
  if (overlap.least < 0.5) return [];
  const [one, other] = [isOver(left), isOver(right)];
  if (
    (one === undefined) !== (other === undefined) &&
    !/\bdid .{1,40}\bonce\b/.test(`${left.question.text} ${right.question.text}`)
  )
    return [
      weighed(overlap.least >= 0.75, 'tense', 'what was so, and what is', one ? [one] : '', other ? [other] : ''),
    ];
  for (const [token, { partner }] of left.links) {
    if (!partner || token.kind !== 'word') continue;
    const aspects = [aspectOf(left, token), aspectOf(right, partner)];
    if (aspects[0] && aspects[1] && aspects[0] !== aspects[1])
      return [weighed(overlap.least >= 0.75, 'tense', 'going on, and done', [token], [partner])];
  }
  return [
    ...markedFindings(left, right, overlap.leftWords.length + overlap.rightWords.length === 0),
    ...plannedFindings(left, right),
  ];
}

/** Which auxiliaries tell when: each sort once. */
function markersOf({ question: { tokens } }: Side): ReadonlySet<string> {
  const found = new Set<string>();
  for (const [at, { text }] of tokens.entries()) {
    if (/^(?:did|was|were|had)$/.test(text)) found.add('past');
    else if (text === 'will' || text === 'shall') found.add('to come');
    else if (/^(?:am|is|are)$/.test(text)) {
      const [next, then] = [tokens[at + 1]?.text ?? '', tokens[at + 2]?.text];
      if (then === 'to' && (next === 'going' || next === 'about')) found.add('to come');
      else if (next.endsWith('ing') && /^(?:i|we|he|she|they)$/.test(tokens[at - 1]?.text ?? '')) found.add('going on');
    } else if (text === 'has' || text === 'have') {
      const done = tokens.slice(at + 1, at + 5).some((token) => token.text === 'been' || participle.test(token.text));
      if (done) found.add('done');
    }
  }
  return found;
}

const participle = /^\w+(?:ed|en|ft|nt|ld|ught|un|ut)$/;

/** "What did they decide" and "what will they decide": all that differs is when. */
function markedFindings(left: Side, right: Side, alone: boolean): Reason[] {
  const [one, other] = [[...markersOf(left)], [...markersOf(right)]];
  if (one.length !== 1 || other.length !== 1 || one[0] === other[0]) return [];
  // "Did he win" and "has he won" are one question.
  if (![...one, ...other].some((marker) => marker === 'to come' || marker === 'going on')) return [];
  return [weighed(alone, 'tense', 'to come, going on or past', one.join(), other.join())];
}

/** "I'm pregnant" and "I'm planning to become pregnant". */
function plannedFindings(left: Side, right: Side): Reason[] {
  if (left.leftover.length + right.leftover.length === 0) return [];
  const planned = ({ question: { tokens }, leftover }: Side): Token[] =>
    leftover.filter(
      (token) =>
        prospective.test(token.key) &&
        /^(?:am|is|are|was|were)$/.test(tokens[token.index - 1]?.text ?? '') &&
        /^(?:i|we|he|she|they|who|wife|husband|partner|friend)$/.test(tokens[token.index - 2]?.text ?? ''),
    );
  const [lefts, rights] = [planned(left), planned(right)];
  return lefts.length > 0 !== rights.length > 0
    ? [
        weighed(
          onlyPlanned(left, lefts) && onlyPlanned(right, rights),
          'tense',
          'what is so, and what is planned',
          lefts,
          rights,
        ),
      ]
    : [];
}

/** Is the plan all that a side has left over? */
function onlyPlanned(side: Side, planned: readonly Token[]): boolean {
  return side.leftover.every(
    (token) => token.frame || planned.includes(token) || /^(?:become|get|start)$/.test(token.key),
  );
}
