import { equalAnswers } from '../../audit/answer-equality.js';
import { parseValue } from '../../dialects/json.js';
import { equalJson } from '../../equal-json.js';
import { unfenced } from '../../unfenced.js';
import { choicesOffered, finalChoice, finalNumber } from './final-answer.js';

/**
 * Whether two answers to a question come to the same: equal JSON; else the letter that both end on, where the question
 * offers choices; else the number that both mark as their last; else equal words. Long texts in different words do not
 * agree, whatever they mean.
 */
export function agrees(turn: string, first: string, second: string): boolean {
  const [one, other] = [jsonOf(first), jsonOf(second)];
  if (one !== undefined || other !== undefined) return equalJson(one, other);
  const choices = choicesOffered(turn);
  if (choices > 0) {
    const letter = finalChoice(first, choices);
    return letter === undefined ? equalAnswers(first, second) : letter === finalChoice(second, choices);
  }
  const number = finalNumber(first);
  return number === undefined ? equalAnswers(first, second) : number === finalNumber(second);
}

/** An object or a list; a bare number or word is text like any other. */
function jsonOf(text: string): unknown {
  const value = parseValue(unfenced(text));
  return typeof value === 'object' && value !== null ? value : undefined;
}
