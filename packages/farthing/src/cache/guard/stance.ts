/** How a question is put: what may, must or should be; what is asked for; when; in the passive or not. */
export interface Stance {
  readonly modality: 'must' | 'should' | 'can' | undefined;
  /** What an answer consists of, where the question word says so. */
  readonly asks: string | undefined;
  /** What kind of answer: a procedure or a definition. */
  readonly wants: 'procedure' | 'definition' | undefined;
  readonly tense: 'past' | 'present' | 'future' | undefined;
  readonly supposes: boolean;
  /** The verb that a yes-or-no question begins with, where it makes the question another one. */
  readonly leads: 'will' | 'should' | undefined;
  /** Asks for more than yes or no: what, which, where, how. */
  readonly open: boolean;
  readonly passive: boolean;
}

const must = /\b(?:must|have to|has to|need to|needs to|mandatory|required|obligat\w+|compulsory|obliged|necessary)\b/;
const should = /\b(?:should|ought|advisable|recommended|better to)\b/;
const can = /\b(?:can|may|could) (?!you\b|u\b)\w+\b/;
const permitted = /\b(?:allowed|permitted|able|possible|permissible)\b/;
const passive =
  /\b(?:is|are|was|were|be|been|being|get|gets|got)\b(?: \w+){0,6}? \w+(?:ed|en|t|n|ade|ld|ung|un|won)\b[^.?!]{0,60}\bby\b|^by (?:whom|which|what)\b/;

const procedure =
  /^\W*how (?:to|do|can|would|could|should|does one)\b|\b(?:steps?|procedure|process|instructions?|ways? (?:to|of)|how to|guide|tutorial|method)\b/;
const definition =
  /^\W*(?:what|who) (?:is|are|was|were) (?:an? )?[\w-]+\W*$|\b(?:define|definition of)\b|^\W*what does .{1,40} mean\b/;

const asksWay =
  /\b(?:ways?|steps?|process|procedure|method|tips?|technique|trick) (?:to|for|of|on|by)\b|^\W*(?:steps|guide|tutorial|instructions)\b|\bhow to\b/;
/** "In Go, ", "explain ", "by ": what may stand before the question word. */
const leadIn = String.raw`^\W*(?:[^,.?!]{1,60},\s*)?(?:(?:explain|describe|tell me|show me|and|so|say|know|understand|by|for|to|from|with|in|at)\s+){0,2}`;
const asksOther = new RegExp(`${leadIn}(when|where|who|whom|whose|why|how)\\b`);
const asksWhat = new RegExp(`${leadIn}(?:what|which)\\b`);
const asksWhether = new RegExp(
  `${leadIn}(?:is|are|was|were|am|do|does|did|can|could|will|would|should|has|have|had|may|might|must) (?!you (?:tell|explain|give|show|list|help|write|describe|name|please)\\b)`,
);

/** What an answer consists of; `undefined` where no question word says so: "list the moons", "height of K2". */
function readAsked(text: string): string | undefined {
  const measure =
    /\bhow (long|much|many|often|far|old|big|tall|fast|deep|heavy|soon|high|wide|large|small|hot|cold|late|early)\b/.exec(
      text,
    )?.[1];
  if (measure) return measure === 'high' ? 'tall' : measure === 'large' ? 'big' : measure;
  const asked = asksOther.exec(text)?.[1];
  if (asked) return asked.startsWith('who') ? 'who' : asked;
  if (asksWay.test(text)) return 'how';
  if (/^\W*(?:is|are) there (?:an?|any|some)? ?ways?\b/.test(text)) return 'how';
  if (asksWhat.test(text)) return 'what';
  return asksWhether.test(text) ? 'whether' : undefined;
}

/** Reads the stance from a rewritten text. */
export function readStance(text: string): Stance {
  return {
    modality: must.test(text)
      ? 'must'
      : should.test(text)
        ? 'should'
        : can.test(text) || permitted.test(text)
          ? 'can'
          : undefined,
    asks: readAsked(text),
    wants: procedure.test(text) ? 'procedure' : definition.test(text) ? 'definition' : undefined,
    tense: /^\W*(?:was|were|did|had)\b/.test(text)
      ? 'past'
      : /^\W*(?:will|would|might|shall)\b/.test(text)
        ? 'future'
        : /^\W*(?:is|are|does|do|has|have)\b/.test(text)
          ? 'present'
          : undefined,
    open: /^\W*(?:what|which|where|how)\b/.test(text),
    leads: /^\W*will\b/.test(text) ? 'will' : /^\W*should\b/.test(text) ? 'should' : undefined,
    supposes: /\bmight\b|^\W*could (?!you\b|i\b|we\b)/.test(text),
    passive: /\bby\b/.test(text) && passive.test(text),
  };
}
