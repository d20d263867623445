import type { Side } from './align.js';
import { clausesOf } from './clauses.js';
import { type Measures, weighed } from './measures.js';
import type { Reason } from './reason.js';
import type { Token } from './token.js';

const reasoning = /^(?:because|since|as)$/;
const conditional = /^(?:if|when|while|unless|although|after|before|until|whenever|once|who|whose)$/;

interface Clause {
  readonly opening: string;
  readonly leftover: readonly Token[];
}

/** What is left over within a clause that says why, or under which condition. */
function clausesWith(side: Side): readonly Clause[] {
  const { tokens } = side.question;
  const clauses = clausesOf(side);
  const leftover = new Set(side.leftover.filter((token) => !token.frame && token.kind === 'word'));
  const found: Clause[] = [];
  for (const [at, token] of tokens.entries()) {
    if (!(reasoning.test(token.text) || conditional.test(token.text)) || (at > 0 && clauses[at] === clauses[at - 1]))
      continue;
    found.push({
      opening: token.text,
      leftover: tokens.filter((each) => clauses[each.index] === clauses[at] && leftover.has(each)),
    });
  }
  return found;
}

/** "Because I broke it" and "because it wore out": all that differs is the cause, or the condition. */
export function conditionFindings({ alignment: { left, right }, overlap }: Measures): Reason[] {
  if (overlap.least < 0.5 || overlap.leftWords.length === 0 || overlap.rightWords.length === 0) return [];
  const clauses = [clausesWith(left), clausesWith(right)] as const;
  const [one, other] = clauses.map((own) => own.flatMap((clause) => clause.leftover));
  if (one?.length !== overlap.leftWords.length || other?.length !== overlap.rightWords.length) return [];
  const cause = clauses.every((own) => own.some(({ opening }) => reasoning.test(opening)));
  return [weighed(cause, 'condition', 'another cause or condition', one, other)];
}
