import type { Side } from './align.js';
import { determiners } from './function-words.js';
import { type Measures, reason } from './measures.js';
import type { Reason } from './reason.js';
import type { Token, TokenKind } from './token.js';
import { isFormatWord, relativeTimeOf, sharedClass } from './word-classes.js';

function leftovers(measures: Measures, kinds: readonly TokenKind[]): readonly [readonly Token[], readonly Token[]] {
  const { left, right } = measures.alignment;
  const pick = (side: Side, other: Side): readonly Token[] =>
    side.leftover.filter(
      (token) => kinds.includes(token.kind) && !(token.kind === 'quantity' && (token.frame || isOne(token, other))),
    );
  return [pick(left, right), pick(right, left)];
}

/** "If I have one dog" and "three dogs": beside another number "one" and "half" are numbers as well. */
function withSoft(
  { alignment: { left, right } }: Measures,
  [lefts, rights]: readonly [readonly Token[], readonly Token[]],
): readonly [readonly Token[], readonly Token[]] {
  const soft = (side: Side, other: Side, beside: readonly Token[]): readonly Token[] =>
    side.leftover.filter((token) => {
      const next = side.question.tokens[token.index + 1];
      const partner = next && side.links.get(next)?.partner;
      return (
        token.kind === 'quantity' &&
        token.frame &&
        partner !== undefined &&
        beside.some((number) => other.question.tokens[number.index + 1] === partner)
      );
    });
  if (lefts.length === 0 && rights.length > 0) return [soft(left, right, rights), rights];
  if (rights.length === 0 && lefts.length > 0) return [lefts, soft(right, left, lefts)];
  return [lefts, rights];
}

/** "The 1 correct option" and "the one correct option". */
function isOne(token: Token, other: Side): boolean {
  return token.unit === '' && token.value === 1 && other.question.tokens.some(({ text }) => text === 'one');
}

/** Numbers, units, sums of money and identifiers. */
export function quantityFindings(measures: Measures): Reason[] {
  const [left, right] = withSoft(measures, leftovers(measures, ['quantity']));
  if (left.length > 0 && right.length > 0) {
    const [one, other] = [left[0], right[0]];
    const units = [one?.unit ?? '', other?.unit ?? ''];
    const money = units[0] !== units[1] && units.every((unit) => unit.startsWith('money:'));
    const sameNumber =
      one &&
      other &&
      Number.parseFloat(one.text) === Number.parseFloat(other.text) &&
      !units.includes('') &&
      !units.includes('id');
    if (sameNumber && money)
      return [reason('different', 'currency', 'the same amount in another currency', left, right)];
    if (sameNumber) return [reason('different', 'unit', 'the same number in another unit', left, right)];
    return [reason('different', 'number', 'another number or identifier', left, right)];
  }
  if (left.length === 0 && right.length === 0) return [];
  const onlyThat = measures.overlap.leftWords.length + measures.overlap.rightWords.length === 0;
  const aside =
    inUnmatchedSentence(measures.alignment.left, left) && inUnmatchedSentence(measures.alignment.right, right);
  return [
    reason(
      (measures.overlap.least >= 0.65 || onlyThat) && !aside && !countsMembers(measures, [...left, ...right])
        ? 'different'
        : 'doubt',
      'number',
      'a number on one side only',
      left,
      right,
    ),
  ];
}

/** "What are the top five books" and "the best books": it tells less than a number that the answer depends on. */
function countsMembers({ alignment: { left, right } }: Measures, tokens: readonly Token[]): boolean {
  if (!left.question.stance.open || !right.question.stance.open) return false;
  return tokens.every((token) => {
    const side = left.question.tokens[token.index] === token ? left : right;
    const next = side.question.tokens[token.index + 1];
    const before = side.question.tokens[token.index - 1];
    return (
      token.unit === '' &&
      (token.value ?? 0) <= 30 &&
      (before === undefined ||
        determiners.has(before.text) ||
        /^(?:of|are|is|were|some|a|to)$/.test(before.text) ||
        before.frame ||
        /^(?:top|best|favou?rite|good)$/.test(before.key)) &&
      next?.content === true &&
      /s$/.test(next.text) &&
      next.clause === token.clause
    );
  });
}

/** Do the tokens stand in sentences of which hardly anything corresponds? */
function inUnmatchedSentence(side: Side, tokens: readonly Token[]): boolean {
  return tokens.every(({ sentence }) => {
    const whole = side.content.filter((token) => token.sentence === sentence);
    return whole.filter((token) => side.links.has(token)).length <= whole.length * 0.25;
  });
}

/** Quotes, code and URLs are compared as they are written. */
export function spanFindings(measures: Measures): Reason[] {
  const { left, right } = measures.alignment;
  const [lefts, rights] = leftovers(measures, ['span']);
  const found: Reason[] = [];
  if (lefts.length > 0 && rights.length > 0) {
    const kind = left.question.spans.find((span) => span.text === lefts[0]?.text)?.kind ?? 'quote';
    const code = kind === 'quote' ? 'quoted-text' : kind;
    found.push(
      reason(
        'different',
        code,
        kind === 'url' ? 'another URL, address or path' : 'another text in quotes',
        lefts,
        rights,
      ),
    );
  } else if (lefts.length > 0 || rights.length > 0) {
    const folder = folderOf(lefts, right) ?? folderOf(rights, left);
    if (folder) found.push(reason('different', 'url', 'a folder, and what is in it', lefts, rights));
    found.push(reason('doubt', 'one-sided', 'quoted text, a URL or a path on one side only', lefts, rights));
  }
  if (left.question.code && right.question.code) found.push(...codeFindings(measures));
  else if (left.question.code !== right.question.code && [left, right].every(onlySymbolsLeft)) {
    const [own, other] = left.question.code ? [left.question, right.question] : [right.question, left.question];
    if (/[!&|^#~]/.test(own.symbols) || (other.symbols !== '' && other.symbols !== own.symbols))
      found.push(reason('different', 'code', 'an operator on one side only', own.symbols, other.symbols));
  }
  return found;
}

/** "Photos/" where the other side says "photos": to a command they are two things. */
function folderOf(spans: readonly Token[], other: Side): Token | undefined {
  return spans.find(
    ({ key }) =>
      key.endsWith('/') && other.question.tokens.some((token) => token.text === key.slice(1, -1).toLowerCase()),
  );
}

const onlySymbolsLeft = (side: Side): boolean => side.leftover.every((token) => token.kind === 'symbol');

function codeFindings(measures: Measures): Reason[] {
  const { left, right } = measures.alignment;
  const [lefts, rights] = leftovers(measures, ['symbol']);
  const symbols = [left.question.symbols, right.question.symbols] as const;
  if (lefts.length > 0 || rights.length > 0)
    return [reason('different', 'code', 'other operators in the code', lefts, rights)];
  if (
    symbols[0] !== symbols[1] &&
    symbols[0].length + symbols[1].length > 2 &&
    measures.overlap.least > 0.8 &&
    measures.order.commutations === 0
  ) {
    return [reason('different', 'code', 'other operators in the code', ...symbols)];
  }
  if (left.question.indents !== right.question.indents && measures.overlap.least > 0.8)
    return [reason('different', 'code', 'other indents in the code', left.question.indents, right.question.indents)];
  const sequence = (side: Side): string =>
    side.content
      .filter((token) => token.kind === 'symbol' || token.kind === 'quantity' || /^[a-z]$/.test(token.text))
      .map((token) => token.key)
      .join(' ');
  if (
    left.leftover.length === 0 &&
    right.leftover.length === 0 &&
    measures.order.commutations === 0 &&
    sequence(left) !== sequence(right)
  ) {
    return [reason('different', 'code', 'the code has another order', sequence(left), sequence(right))];
  }
  return [];
}

/** Months, weekdays, currencies without an amount, and times seen from now. */
export function timeFindings(measures: Measures): Reason[] {
  const found: Reason[] = [];
  const { overlap } = measures;
  for (const kind of ['date', 'currency'] as const) {
    const [left, right] = leftovers(measures, [kind]);
    if (left.length > 0 && right.length > 0)
      found.push(reason('different', kind, kind === 'date' ? 'another date' : 'another currency', left, right));
    else if (left.length > 0 || right.length > 0)
      found.push(reason('doubt', 'one-sided', `a ${kind} on one side only`, left, right));
  }
  const times = (side: Side): Token[] =>
    side.question.tokens.filter((token, at) => {
      if (token.kind === 'date') return !side.links.has(token);
      if (token.text === 'this') return timeSpan.test(side.question.tokens[at + 1]?.text ?? '');
      return relativeTimeOf(token.text) !== undefined;
    });
  const lefts = times(measures.alignment.left);
  const rights = times(measures.alignment.right);
  const timeOf = (token: Token): string => relativeTimeOf(token.text) ?? token.key;
  const only = (own: readonly Token[], others: readonly Token[]): Token[] =>
    own.filter((token) => !others.some((other) => timeOf(other) === timeOf(token)));
  const [left, right] = [only(lefts, rights), only(rights, lefts)];
  const onlyTimes = [...overlap.leftWords, ...overlap.rightWords].every(
    (token) => left.includes(token) || right.includes(token),
  );
  if (left.length > 0 && right.length > 0)
    found.push(
      reason(
        overlap.least >= 0.6 || onlyTimes ? 'different' : 'doubt',
        'relative-time',
        'another time seen from now',
        left,
        right,
      ),
    );
  else if (left.length > 0 || right.length > 0)
    found.push(reason('doubt', 'relative-time', 'a time on one side only', left, right));
  return found;
}

const timeSpan =
  /^(?:morning|afternoon|evening|night|week|weekend|month|quarter|year|season|semester|term|spring|summer|autumn|winter|\w+day)$/;

/** Form and length of the answer, and members of one closed class: two languages, two places, two tools. */
export function kindFindings(measures: Measures): Reason[] {
  const { left, right } = measures.alignment;
  const found: Reason[] = [];
  const formats = (side: Side): readonly Token[] =>
    side.leftover.filter((token) => isFormatWord(token.text) || isFormatWord(token.key));
  const [lefts, rights] = [formats(left), formats(right)];
  if (lefts.length > 0 && rights.length > 0)
    found.push(reason('different', 'format', 'another form or length of the answer', lefts, rights));
  else if (lefts.length > 0 || rights.length > 0)
    found.push(reason('doubt', 'format', 'a form or length of the answer on one side only', lefts, rights));
  const { leftWords, rightWords, least } = measures.overlap;
  if (leftWords.length > 16 || rightWords.length > 16) return found;
  for (const one of leftWords) {
    for (const other of rightWords) {
      const kind = sharedClass(one.key, other.key) ?? sharedClass(one.text, other.text);
      if (kind === undefined || kind === 'format') continue;
      const alone = leftWords.length === 1 && rightWords.length === 1;
      found.push(reason(least >= 0.3 || alone ? 'different' : 'doubt', 'kind', `another ${kind}`, [one], [other]));
    }
  }
  return found;
}
