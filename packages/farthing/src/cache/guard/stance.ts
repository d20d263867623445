/** How a question is put: what may, must or should be; what is asked for; when; in the passive or not. */
export interface Stance {
  readonly modality: 'must' | 'should' | 'can' | undefined;
  /** What an answer consists of, where the question word says so. */
  readonly asks: string | undefined;
  /** What kind of answer: a procedure or a definition. */
  readonly wants: 'procedure' | 'definition' | undefined;
  readonly tense: 'past' | 'present' | 'future' | undefined;
  readonly supposes: boolean;
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
    asks:
      /\bhow (long|much|many|often|far|old|big|tall|fast|deep|heavy|soon)\b/.exec(text)?.[1] ??
      /^\W*(?:[\w ]{1,30},)?\s*(when|where|who|why)\b/.exec(text)?.[1] ??
      (/^\W*how (?:do|does|did|can|could|should|is|are|to)\b/.test(text) ? 'how' : undefined),
    wants: procedure.test(text) ? 'procedure' : definition.test(text) ? 'definition' : undefined,
    tense: /^\W*(?:was|were|did|had)\b/.test(text)
      ? 'past'
      : /^\W*(?:will|would|might|shall)\b/.test(text)
        ? 'future'
        : /^\W*(?:is|are|does|do|has|have)\b/.test(text)
          ? 'present'
          : undefined,
    supposes: /\bmight\b|^\W*could (?!you\b|i\b|we\b)/.test(text),
    passive: /\bby\b/.test(text) && passive.test(text),
  };
}
