import { describe, expect, it } from 'vitest';
import { agrees } from './agrees.js';
import { finalChoice, finalNumber } from './final-answer.js';
import { isHedged, isRefusal } from './hedges.js';

describe('the last word of an answer', () => {
  it.each<[string, string | undefined]>([
    ['B', 'B'],
    ['(C)', 'C'],
    ['B) Mars', 'B'],
    ['The answer is C.', 'C'],
    ['A is wrong, since it is hot. The correct answer is **B**.', 'B'],
    ['Answer: D', 'D'],
    ['A dog barks.', undefined],
    ['It may be A. or B.', undefined],
    ['E', undefined],
    ['the answer is a planet', undefined],
  ])('choice in %j: %s', (answer, letter) => {
    expect(finalChoice(answer, 4)).toBe(letter);
  });

  it.each<[string, number | undefined]>([
    ['3 + 4 = 7\n#### 72', 72],
    ['So \\boxed{1,234.5} it is.', 1234.5],
    ['The answer is $18.', 18],
    ['The total is: **-3** degrees', -3],
    ['42', 42],
    ['42 apples.', 42],
    ['In 1990 there were 3 of them, and later 5.', undefined],
    ['Nothing.', undefined],
  ])('number in %j: %s', (answer, number) => {
    expect(finalNumber(answer)).toBe(number);
  });
});

describe('two answers agree', () => {
  const choice = 'Which?\nA) one\nB) two\nC) three';
  it.each<[string, string, string, boolean]>([
    [choice, 'B', 'I think that the answer is B) two.', true],
    [choice, 'B', 'A', false],
    [choice, 'B', 'No idea.', false],
    ['How many?', 'First 3, then 4.\n#### 7', 'The answer is 7.', true],
    ['How many?', '#### 7', '#### 8', false],
    ['As JSON?', '{"a":1,"b":[2]}', '```json\n{ "b": [2], "a": 1 }\n```', true],
    ['As JSON?', '{"a":1}', '{"a":2}', false],
    ['As JSON?', '{"a":1}', 'a is 1', false],
    ['Where?', 'In **Paris**.', 'in Paris', true],
    ['Where?', 'In Paris, in 1990.', 'In Rome, in 1990.', false],
    ['Where?', '', '', false],
  ])('%j: %j and %j: %s', (turn, first, second, same) => {
    expect(agrees(turn, first, second)).toBe(same);
  });
});

describe('hedges and refusals', () => {
  it.each<[string, boolean, boolean]>([
    ["I'm not sure, but it may be the chain.", true, false],
    ['As an AI, I have no chain.', true, false],
    ['I don’t have access to your orders.', true, false],
    ["I'm sorry, but I can't help with that.", false, true],
    ['I cannot assist with this request.', false, true],
    ['Unfortunately, I am unable to do so.', false, true],
    ['Sorry for the trouble. Please oil the chain.', false, false],
    ['You can tell that the chain is dry. Oil it.', false, false],
    ['The function returns "I don’t know" three times.\n\nOne.\n\nTwo.\n\nThree.\n\nFour.', true, false],
    ['One. Two. It said: I don’t know. Three. Four.', false, false],
  ])('%j: hedged %s, refused %s', (text, hedged, refused) => {
    expect([isHedged(text), isRefusal(text)]).toEqual([hedged, refused]);
  });
});
