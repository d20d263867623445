import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Bar } from './constraints.js';
import { type Candidate, type DecisionInput, decide } from './decide.js';

const plain: DecisionInput = {
  pin: undefined,
  held: undefined,
  isAudit: false,
  budgetLow: false,
  value: undefined,
  high: 2,
  low: 0.5,
  score: undefined,
  threshold: undefined,
  rank: undefined,
  share: 1,
  draw: 0,
  place: undefined,
};
const candidate = (name: string, ...constraints: Bar['constraint'][]): Candidate => ({
  name,
  contextWindow: 1000,
  bars: constraints.map((constraint) => ({ constraint, because: '' })),
});
const at = (chosen: string, target: string, isCheaper: boolean): DecisionInput['place'] => ({
  chosen,
  target,
  isCheaperThan: () => isCheaper,
});
const three = ['a', 'b', 'c'].map((name) => candidate(name));

describe('decide', () => {
  it.each<[string, Partial<DecisionInput>, string, string]>([
    ['the share', { share: 0.3, draw: 0.29 }, 'c', 'share'],
    ['the share', { share: 0.3, draw: 0.3 }, 'a', 'share'],
    ['a score', { score: 0.5, threshold: 0.5, share: 0 }, 'c', 'score'],
    ['a score below', { score: 0.4, threshold: 0.5 }, 'a', 'score'],
    ['a rank', { rank: 0.7, share: 0.3 }, 'c', 'score'],
    ['a rank below', { rank: 0.69, share: 0.3 }, 'a', 'score'],
    ['a conversation over a rank', { rank: 0, place: at('c', 'c', true) }, 'c', 'affinity'],
    ['its chosen target, once that is back', { place: at('a', 'c', false) }, 'a', 'affinity'],
    ['what is cached, over its chosen target', { place: at('a', 'c', true) }, 'c', 'affinity'],
    ['what is cached, over a budget', { budgetLow: true, place: at('c', 'c', true) }, 'c', 'affinity'],
    ['a budget over what is not', { budgetLow: true, place: at('c', 'c', false) }, 'a', 'budget_low'],
    ['a value over a conversation', { value: 3, place: at('a', 'a', true) }, 'c', 'high_value'],
    ['a place that is gone', { share: 1, place: at('gone', 'gone', true) }, 'c', 'share'],
    ['a value over a score', { value: 2, score: 0, threshold: 1 }, 'c', 'high_value'],
    ['a low value over a score', { value: 0.5, score: 1, threshold: 0 }, 'a', 'low_value'],
    ['a budget over a value', { budgetLow: true, value: 9 }, 'a', 'budget_low'],
    ['an audit over a budget', { isAudit: true, budgetLow: true }, 'c', 'audit'],
    ['a conversation over an audit', { held: 'b', isAudit: true }, 'b', 'conversation'],
    ['a pin over all', { pin: 'a', held: 'b', value: 9 }, 'a', 'pinned'],
  ])('%s', (_, input, target, reason) => {
    expect(decide(three, { ...plain, ...input })).toEqual({ target, reason });
  });

  it('takes no target that can’t where another can, and none that may not, whatever is wished', () => {
    const bars = fc.subarray<Bar['constraint']>(['residency', 'air_gap', 'tools', 'contextWindow', 'vision']);
    const name = fc.option(fc.constantFrom('0', '1', '2', 'x'), { nil: undefined });
    const number = fc.option(fc.double({ min: 0, max: 3, noNaN: true }), { nil: undefined });
    fc.assert(
      fc.property(
        fc.array(bars, { minLength: 1, maxLength: 3 }),
        fc.record({
          pin: name,
          held: name,
          isAudit: fc.boolean(),
          budgetLow: fc.boolean(),
          value: number,
          score: number,
          threshold: number,
          share: fc.double({ min: 0, max: 1, noNaN: true }),
          draw: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
        }),
        (all, input) => {
          const candidates = all.map((each, index) => candidate(String(index), ...each));
          const { target } = decide(candidates, { ...plain, ...input });
          const chosen = candidates.find((each) => each.name === target);
          const mayNot = (each: Candidate): boolean =>
            each.bars.some(({ constraint }) => constraint === 'residency' || constraint === 'air_gap');
          if (target === undefined) expect(candidates.every(mayNot) || input.pin !== undefined).toBe(true);
          else expect(chosen && mayNot(chosen)).toBe(false);
          if (input.pin === undefined && candidates.some((each) => each.bars.length === 0))
            expect(chosen?.bars).toEqual([]);
        },
      ),
    );
  });

  it('where none fits, takes the fewest bars and then the largest window', () => {
    const small = { ...candidate('small', 'contextWindow'), contextWindow: 10 };
    const large = { ...candidate('large', 'contextWindow'), contextWindow: 20 };
    const worse = candidate('worse', 'contextWindow', 'tools');
    expect(decide([large, small, worse], plain)).toEqual({ target: 'large', reason: 'no_fit' });
  });
});
