import type { Alignment, Side } from './align.js';
import { auxiliaries, coordinators, determiners, words } from './function-words.js';
import { governorOf } from './governor.js';
import { readShuffle } from './shuffle.js';
import type { Token } from './token.js';
import { type PassiveRoles, readPassive, readPronouns } from './voice.js';

/** What the order of the matched words says about who does what to whom. */
export interface Order {
  /** Pairs of words that have exchanged their parts. */
  readonly swaps: readonly (readonly [string, string])[];
  /** Exchanges that change nothing: members of a list, the ends of a "between". */
  readonly commutations: number;
  /** Share of the matched words that another word governs now. */
  readonly governorsChanged: number;
  /** One part moved as a whole, as in "in Python, how …" and "how … in Python". */
  readonly blockMoved: boolean;
  /** Of the words that moved, how many hang now on what another of them hung on: the mark of parts that were dealt anew. */
  readonly reassigned: number;
  /** Share of the matched words that moved. */
  readonly movedShare: number;
  /** The very same words, in an order that no moved part explains. */
  readonly dealt: boolean;
  /** The order differs and nothing explains why. */
  readonly unexplained: boolean;
  /** One side is in the passive: do the roles agree all the same? */
  readonly passive: PassiveRoles;
}

/** Do two words that have changed places mean the same there, as the ends of a "between" do? */
type Commutes = (one: Placed, other: Placed) => boolean;

interface Placed {
  readonly left: Token;
  readonly right: Token;
  readonly leftGovernor: string;
  readonly rightGovernor: string;
}

/** Name what is asked for; where they stand says nothing about roles. */
const requestNouns: ReadonlySet<string> = words(
  'tutorial guide tip example instruction recipe explanation summary overview step idea meaning name please formula template difference translation definition synonym',
);

/** More matched words than that are judged by their rank alone. */
const mostPlaced = 48;

function saysBy(side: Side): boolean {
  return side.question.tokens.some((token) => token.text === 'by');
}

function between(side: Side, one: Token, other: Token): readonly Token[] {
  return side.question.tokens.slice(Math.min(one.index, other.index) + 1, Math.max(one.index, other.index));
}

/** The words between the commas and coordinators around a token. */
function memberOf(side: Side, token: Token): string {
  const { tokens } = side.question;
  const bounds = (at: number): boolean =>
    tokens[at] === undefined ||
    tokens[at]?.clause !== token.clause ||
    coordinators.has(tokens[at]?.text ?? '') ||
    tokens[at]?.key === '/';
  let [from, to] = [token.index, token.index];
  while (!bounds(from - 1)) from--;
  while (!bounds(to + 1)) to++;
  return tokens
    .slice(from, to + 1)
    .filter((each) => !determiners.has(each.text))
    .map((each) => each.key)
    .join(' ');
}

/** Whose a thing is: "my landlord" moves with its "my". */
function ownerOf(side: Side, token: Token): string {
  const before = side.question.tokens[token.index - 1]?.text ?? '';
  return persons.test(before) ? before : '';
}

/** Members of a list that have moved whole: what stands before the first and behind the last does not belong to them. */
function movedWhole(left: Side, right: Side, words: readonly Placed[]): boolean {
  const members = words.map((word) => [memberOf(left, word.left), memberOf(right, word.right)] as const);
  const sentences = new Map<number, (readonly [string, string])[]>();
  for (const [at, word] of words.entries()) {
    const own = sentences.get(word.left.sentence) ?? [];
    own.push(members[at] ?? ['', '']);
    sentences.set(word.left.sentence, own);
  }
  return (
    words.every(
      (word) => word.left.sentence === word.right.sentence && ownerOf(left, word.left) === ownerOf(right, word.right),
    ) &&
    members.every(([one, other]) => overlapping(one, other)) &&
    [...sentences.values()].every((own) => [0, 1].every((side) => new Set(own.map((member) => member[side])).size > 1))
  );
}

/** The one is the other with more before or behind, or ends as the other begins: "see Lublin", "Lublin by train". */
function overlapping(one: string, other: string): boolean {
  const [words, others] = [one.split(' '), other.split(' ')];
  const most = Math.min(words.length, others.length);
  for (let shared = 1; shared <= most; shared++) {
    const [heads, tails] = [words.slice(0, shared).join(' '), words.slice(-shared).join(' ')];
    if (heads === others.slice(-shared).join(' ') || tails === others.slice(0, shared).join(' ')) return true;
  }
  return most > 0 && (` ${one} `.includes(` ${other} `) || ` ${other} `.includes(` ${one} `));
}

/** Do commas and coordinators stand between all the members of the list from one token to the other? */
function isList(side: Side, one: Token, other: Token): boolean {
  const { tokens } = side.question;
  const from = Math.min(one.index, other.index);
  const to = Math.max(one.index, other.index);
  if (between(side, one, other).some((token) => persons.test(token.text))) return false;
  let gaps = 1;
  let separators = 0;
  for (let at = from + 1; at <= to; at++) {
    const token = tokens[at];
    if (!token) continue;
    if (token.clause !== tokens[at - 1]?.clause) separators++;
    if (coordinators.has(token.text)) separators++;
    if (at < to && token.content) gaps++;
  }
  return separators >= gaps;
}

const symmetric =
  /\b(?:compar\w+|differ(?:s|ed|ence|ences|ent|ently)?|distance|similar\w*|between|combin\w+|interact\w*|in common|mix\w*|vs\.?|versus|sum|product|intersection|union|gcd|lcm|average|multiply|times|plus|equal\w*|married|siblings|relationship|relate\w*|correlat\w+)\b/;
/** "From" and "to" that tie two equals together. */
const tied = /\b(?:differ(?:s|ed|ent|ently)?|distance|distinguish\w*|similar(?:ly)?) (?:[\w-]+ ){0,4}?(?:from|to)\b/g;
const directed =
  /\b(?:faster|slower|cheaper|better|more|less|worse|bigger|smaller|higher|lower|older|younger|convert\w*|beat\w*|minus|subtract\w*|divid\w*|translat\w*|respectively|from|into|replace\w*|compared (?:to|with))\b/;
/** Two words of which the one is nearer to the other than this make a pair; further apart each belongs to its own part. */
const mostWithinPair = 3;

/** Reads the roles out of the order of what two questions have in common. */
export function readOrder(alignment: Alignment): Order {
  const { left, right, antonyms } = alignment;
  const placed = placedWords(alignment);
  const passive = left.question.stance.passive !== right.question.stance.passive && saysBy(left) !== saysBy(right);
  const roles = passive ? readPassive(alignment) : 'none';
  const commutative = [left, right].every(
    ({ question }) => symmetric.test(question.text) && !directed.test(question.text.replace(tied, '')),
  );
  const commutes: Commutes = (one, other) =>
    commutative && withinPair(left, one.left, other.left) && withinPair(right, one.right, other.right);
  const exchange = readExchanges(alignment, placed, antonyms.length > 0, commutes);
  const swaps = [...exchange.swaps];
  if (swaps.length === 0 && !passive && antonyms.length === 0) swaps.push(...hiddenExchange(alignment, commutes));
  let commutations = exchange.commutations;
  const rank = ranksOf(placed);
  const moved = [...rank.keys()].filter((i) => rank[i] !== i);
  const block = isBlock(rank, moved);
  const found =
    (!block || moved.length === 2) && roles !== 'agrees'
      ? readTransposition(left, right, placed, rank, moved, commutes)
      : undefined;
  if (found === 'commutes') commutations++;
  else if (found && swaps.length === 0 && !passive) swaps.push(found);
  if (roles === 'agrees') swaps.length = 0;
  if (swaps.length === 0 && !passive) swaps.push(...readPronouns(alignment));
  const first = placed[moved[0] ?? -1];
  const last = placed[moved.at(-1) ?? -1];
  const governed = moved.filter((at) => {
    const word = placed[at];
    return word !== undefined && word.leftGovernor !== word.rightGovernor && bothGoverned(word);
  }).length;
  const shuffle = readShuffle(left, right);
  const inList =
    movedWhole(
      left,
      right,
      moved.flatMap((at) => placed[at] ?? []),
    ) ||
    (first !== undefined &&
      last !== undefined &&
      isList(left, first.left, last.left) &&
      isList(right, first.right, last.right));
  return {
    swaps,
    commutations,
    governorsChanged:
      placed.length === 0
        ? 0
        : placed.filter((word) => word.leftGovernor !== word.rightGovernor).length / placed.length,
    blockMoved: block,
    reassigned: countReassigned(moved.flatMap((at) => placed[at] ?? [])),
    movedShare: moved.length / (placed.length || 1),
    unexplained:
      swaps.length === 0 &&
      !passive &&
      !inList &&
      ((moved.length > 0 && !(commutative && first && last && commutes(first, last)) && (!block || governed > 0)) ||
        (commutations === 0 && antonyms.length === 0 && shuffle !== 'none')),
    dealt:
      shuffle === 'dealt' && swaps.length === 0 && commutations === 0 && antonyms.length === 0 && !passive && !inList,
    passive: roles,
  };
}

/** Where a synonym stands says little, as it may belong to another phrase: it is asked only where nothing is left over. */
const otherwiseSaid: ReadonlySet<string> = words('typo abbreviation synonym');

function placedWords({ left, right }: Alignment, alsoSynonyms = false): readonly Placed[] {
  const placed: Placed[] = [];
  for (const token of left.content) {
    const link = left.links.get(token);
    if (
      !link?.partner ||
      requestNouns.has(token.key) ||
      inDate(left, token) ||
      token.kind === 'symbol' ||
      link.kind === 'antonym' ||
      link.kind === 'joined' ||
      link.kind === 'related' ||
      (otherwiseSaid.has(link.kind) && (!alsoSynonyms || token.frame || link.partner.frame || token.kind !== 'word'))
    )
      continue;
    if (right.links.get(link.partner)?.partner !== token) continue;
    placed.push({
      left: token,
      right: link.partner,
      leftGovernor: governorOf(left, token),
      rightGovernor: governorOf(right, link.partner),
    });
    if (placed.length >= mostPlaced) break;
  }
  return placed;
}

/** The parts of a date have no fixed order. */
function inDate(side: Side, token: Token): boolean {
  if (token.kind === 'date') return true;
  return (
    token.kind === 'quantity' &&
    [-2, -1, 1, 2].some((step) => side.question.tokens[token.index + step]?.kind === 'date')
  );
}

function ranksOf(placed: readonly Placed[]): readonly number[] {
  const sorted = placed.map((word) => word.right.index).sort((a, b) => a - b);
  const rankOf = new Map(sorted.map((index, rank) => [index, rank]));
  return placed.map((word) => rankOf.get(word.right.index) ?? 0);
}

/** Two neighbouring runs have changed places, each in its own order. */
function isBlock(rank: readonly number[], moved: readonly number[]): boolean {
  const from = moved[0];
  const to = moved.at(-1);
  if (from === undefined || to === undefined) return false;
  const run = rank.slice(from, to + 1);
  const cut = run.findIndex((value, i) => i > 0 && value < (run[i - 1] ?? 0));
  return cut > 0 && run.every((value, i) => i === 0 || i === cut || value === (run[i - 1] ?? 0) + 1);
}

/** Pairs of words each of which now hangs on what the other hung on. */
function readExchanges(
  { left, right }: Alignment,
  placed: readonly Placed[],
  opposed: boolean,
  commutes: Commutes,
): { swaps: [string, string][]; commutations: number } {
  const swaps: [string, string][] = [];
  let commutations = 0;
  const translate = new Map(placed.map((word) => [word.left.key, word.right.key]));
  for (const [i, one] of placed.entries()) {
    for (const other of placed.slice(i + 1)) {
      if (one.right.index < other.right.index) continue;
      if (!exchanged(one, other, translate, opposed) || isCompound(left, right, one, other)) continue;
      if (movedWhole(left, right, [one, other])) {
        commutations++;
        continue;
      }
      const inLeft = between(left, one.left, other.left);
      const inRight = between(right, one.right, other.right);
      const coordinated =
        ([...inLeft, ...inRight].some((token) => coordinators.has(token.text)) &&
          // "I am a tenant and my landlord" is no list.
          ![...inLeft, ...inRight].some((token) => persons.test(token.text)) &&
          withinPair(left, one.left, other.left) &&
          withinPair(right, one.right, other.right)) ||
        (isList(left, one.left, other.left) && isList(right, one.right, other.right));
      const directedBetween =
        [...inLeft, ...inRight].some((token) =>
          /^(?:to|from|into|than|over|by|after|before|beat|for|of|in)$/.test(token.text),
        ) ||
        /\b(?:convert|subtract|divide|minus|respectively|translate)\b/.test(
          `${left.question.text} ${right.question.text}`,
        );
      if (
        ((coordinated && !directedBetween && !bothGoverned(one)) || commutes(one, other)) &&
        ![...inLeft, ...inRight].some((token) => auxiliaries.has(token.text))
      )
        commutations++;
      else swaps.push([one.left.text, other.left.text]);
    }
  }
  return { swaps, commutations };
}

/** "Convert JS to Go" and "convert Go to JavaScript": the parts are exchanged, and one has another word now. */
function hiddenExchange(alignment: Alignment, commutes: Commutes): readonly [string, string][] {
  const { left, right } = alignment;
  if (![left, right].every((side) => side.leftover.every((token) => token.frame))) return [];
  const placed = placedWords(alignment, true);
  const hidden = placed.filter((word) => otherwiseSaid.has(left.links.get(word.left)?.kind ?? ''));
  if (hidden.length === 0) return [];
  return placed.flatMap((one, i) =>
    placed
      .slice(i + 1)
      .flatMap((other) =>
        (hidden.includes(one) || hidden.includes(other)) && one.left.kind === other.left.kind
          ? readExchanges(alignment, [one, other], false, commutes).swaps
          : [],
      ),
  );
}

function countReassigned(moved: readonly Placed[]): number {
  const translate = new Map(moved.map((word) => [word.left.key, word.right.key]));
  const now = (word: Placed): string => translate.get(word.leftGovernor) ?? word.leftGovernor;
  return moved.filter(
    (word) =>
      now(word) !== word.rightGovernor &&
      word.rightGovernor !== ',' &&
      moved.some(
        (other) => other !== word && now(other) === word.rightGovernor && other.rightGovernor !== word.rightGovernor,
      ),
  ).length;
}

function withinPair(side: Side, one: Token, other: Token): boolean {
  return (
    one.sentence === other.sentence &&
    Math.abs(one.clause - other.clause) <= 1 &&
    between(side, one, other).filter((token) => token.content).length < mostWithinPair
  );
}

const persons = /^(?:i|you|he|she|we|they|my|your|his|her|our|their)$/;
const connecting = /^(?:of|for|in|at|on|that|which|who|with)$/;

/** "Instagram story" and "story on Instagram", "night-blooming flowers" and "flowers that bloom at night". */
function isCompound(left: Side, right: Side, one: Placed, other: Placed): boolean {
  const inLeft = between(left, one.left, other.left);
  const inRight = between(right, one.right, other.right);
  const adjacent = (tokens: readonly Token[]): boolean =>
    tokens.length === 0 || (tokens.length === 1 && tokens.every((token) => token.name || token.text.endsWith('ing')));
  const connected = (tokens: readonly Token[]): boolean =>
    tokens.length <= 4 &&
    tokens.filter((token) => token.content).length <= 1 &&
    tokens.some((token) => connecting.test(token.text));
  const sameClause = one.left.clause === other.left.clause && one.right.clause === other.right.clause;
  return sameClause && ((adjacent(inLeft) && connected(inRight)) || (adjacent(inRight) && connected(inLeft)));
}

/** "Less available", "on Linux": what a word hangs on before and after is neither a coordinator nor a comma nor the start. */
function bothGoverned({ leftGovernor, rightGovernor }: Placed): boolean {
  return [leftGovernor, rightGovernor].every((governor) => /\w/.test(governor) && !coordinators.has(governor));
}

function exchanged(one: Placed, other: Placed, translate: ReadonlyMap<string, string>, opposed: boolean): boolean {
  if (one.left.kind !== other.left.kind && [one, other].some((word) => word.left.kind === 'quantity')) return false;
  // A mass and an age do not stand for each other.
  const units = [one, other].map((word) => word.left.unit || word.right.unit);
  if (units[0] !== units[1] && units.every(Boolean)) return false;
  const translated = (governor: string): string => translate.get(governor) ?? governor;
  if (one.leftGovernor !== one.rightGovernor) {
    if (one.leftGovernor === other.rightGovernor && other.leftGovernor === one.rightGovernor) return true;
    if (translated(one.leftGovernor) === other.rightGovernor && translated(other.leftGovernor) === one.rightGovernor)
      return true;
  }
  if (one.left.kind === 'quantity' && other.left.kind === 'quantity' && one.leftGovernor === other.rightGovernor)
    return true;
  const starts = (governor: string): boolean => governor === '^';
  return (
    opposed &&
    starts(one.leftGovernor) !== starts(one.rightGovernor) &&
    starts(other.leftGovernor) !== starts(other.rightGovernor) &&
    starts(one.leftGovernor) === starts(other.rightGovernor)
  );
}

/** Exactly two words, or two pairs of words, have changed places while all the others stayed. */
function readTransposition(
  left: Side,
  right: Side,
  placed: readonly Placed[],
  rank: readonly number[],
  moved: readonly number[],
  commutes: Commutes,
): [string, string] | 'commutes' | undefined {
  const [i, j] = moved;
  const one = placed[i ?? -1];
  const other = placed[j ?? -1];
  if (i === undefined || j === undefined || !one || !other) return undefined;
  if (
    moved.length > 0 &&
    movedWhole(
      left,
      right,
      moved.flatMap((at) => placed[at] ?? []),
    )
  )
    return 'commutes';
  if (moved.length === 2 && isCompound(left, right, one, other)) return undefined;
  if (moved.length === 2 && j - i > 1) {
    const listed = isList(left, one.left, other.left) && isList(right, one.right, other.right);
    return listed || commutes(one, other) ? 'commutes' : [one.left.text, other.left.text];
  }
  if (moved.length === 2 && !commutes(one, other) && sameConnection(left, right, one, other))
    return [one.left.text, other.left.text];
  if (moved.length === 4 && !commutes(one, other) && moved.every((at) => rank[rank[at] ?? -1] === at))
    return [one.left.text, other.left.text];
  return undefined;
}

/** The same words connect two neighbours that have changed places, and they are no list: "cats do that dogs". */
function sameConnection(left: Side, right: Side, one: Placed, other: Placed): boolean {
  const [inLeft, inRight] = [between(left, one.left, other.left), between(right, one.right, other.right)];
  const text = (tokens: readonly Token[]): string => tokens.map((token) => token.text).join(' ');
  return (
    inLeft.length > 0 &&
    text(inLeft) === text(inRight) &&
    !inLeft.some((token) => coordinators.has(token.text)) &&
    !isList(left, one.left, other.left)
  );
}
