import { expect, it } from 'vitest';
import { readQuestion } from '../guard/compare.js';
import { createReadQuestions } from './read-questions.js';

const entry = { id: 'one', question: 'How do I cancel order 1234?' };

it('reads a question once, until it is deleted', () => {
  const questions = createReadQuestions();
  const first = questions.of(entry);
  expect(first).toEqual(readQuestion(entry.question));
  expect(questions.of(entry)).toBe(first);
  questions.delete('one');
  expect(questions.of(entry)).not.toBe(first);
});

it('takes what was read elsewhere', () => {
  const questions = createReadQuestions();
  const read = readQuestion(entry.question);
  questions.set('one', read);
  expect(questions.of(entry)).toBe(read);
});

it('keeps the latest, as many as there is room for, and none that is larger than all of it', () => {
  const questions = createReadQuestions(10_000);
  const entries = Array.from({ length: 100 }, (_, number) => ({
    id: `${number}`,
    question: `What is number ${number}?`,
  }));
  const read = entries.map((each) => questions.of(each));
  expect(questions.of({ id: '99', question: 'What is number 99?' })).toBe(read[99]);
  expect(questions.of({ id: '0', question: 'What is number 0?' })).not.toBe(read[0]);
  const long = { id: 'long', question: 'one more word '.repeat(250) };
  expect(questions.of(long)).not.toBe(questions.of(long));
});
