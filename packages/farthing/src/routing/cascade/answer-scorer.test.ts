import { describe, expect, it } from 'vitest';
import { seeded } from '../../audit/seeded-random.js';
import { type AnswerOutcome, createAnswerScorer, loadAnswerScorer } from './answer-scorer-loader.js';

/** Sums, some of them wrong: what is wrong with an answer stands in it. */
function outcomes(count: number, seed: number): AnswerOutcome[] {
  const random = seeded(seed);
  return Array.from({ length: count }, () => {
    const [first, second] = [Math.floor(90 * random()) + 10, Math.floor(90 * random()) + 10];
    const isRight = random() < 0.6;
    const told = first + second + (isRight ? 0 : 1 + Math.floor(8 * random()));
    return {
      turn: `Ann has ${first} apples and buys ${second}. How many has she now?`,
      answer: `She has ${first} + ${second} = ${told} apples.\n#### ${told}`,
      weak: isRight ? 1 : 0,
      strong: 1,
    };
  });
}

/** How often a good answer scores above a bad one. */
function areaOf(all: readonly AnswerOutcome[], score: (outcome: AnswerOutcome) => number): number {
  const [good, bad] = [
    all.filter(({ weak }) => weak === 1).map(score),
    all.filter(({ weak }) => weak === 0).map(score),
  ];
  const wins = good.flatMap((one) => bad.map((other): number => (one > other ? 1 : one === other ? 0.5 : 0)));
  return wins.reduce((sum, win) => sum + win, 0) / wins.length;
}

describe('a scorer of answers', () => {
  it('learns what a good answer looks like, of pairs and of answers alone, and is the same when loaded', async () => {
    const [learned, unseen] = [outcomes(200, 1), outcomes(100, 2)];
    const alone = learned.map(({ strong: _, ...outcome }) => outcome);
    for (const given of [learned, alone]) {
      const scorer = await createAnswerScorer(given);
      const score = ({ turn, answer }: AnswerOutcome): number => scorer.score({ turn, answer, target: 'a' });
      expect(areaOf(unseen, score)).toBeGreaterThan(0.95);
      expect(unseen.map(score).every((value) => value >= 0 && value <= 1)).toBe(true);
      const text = scorer.save();
      expect(text).not.toMatch(/apples/);
      const loaded = await loadAnswerScorer(text);
      expect(loaded.outcomes).toBe(200);
      expect(unseen.map(({ turn, answer }) => loaded.score({ turn, answer, target: 'a' }))).toEqual(unseen.map(score));
    }
  });

  it('refuses what it can’t learn from', async () => {
    await expect(createAnswerScorer(outcomes(10, 1))).rejects.toThrow(/`outcomes` to be at least 50.*got 10/);
    const [first, ...rest] = outcomes(60, 1);
    await expect(createAnswerScorer([{ ...first, weak: 2 } as AnswerOutcome, ...rest])).rejects.toThrow(
      /numbers from 0 to 1, got 2/,
    );
    await expect(createAnswerScorer([{ weak: 1 } as AnswerOutcome, ...rest])).rejects.toThrow(/`turn` and `answer`/);
  });

  it('refuses a text that is another’s, of another version, or damaged', async () => {
    const text = (await createAnswerScorer(outcomes(60, 1))).save();
    await expect(loadAnswerScorer('{}')).rejects.toThrow(/expected a text that `save\(\)` of a scorer gave/);
    await expect(loadAnswerScorer('')).rejects.toThrow(/loadAnswerScorer: expected/);
    await expect(loadAnswerScorer(text.replace('"version":1', '"version":9'))).rejects.toThrow(/version 1; learn it/);
    await expect(loadAnswerScorer(text.replace(/"features":\d+/, '"features":1'))).rejects.toThrow(/other features/);
    await expect(loadAnswerScorer(`${text.slice(0, -40)}\n`)).rejects.toThrow(/a damaged body/);
  });
});
