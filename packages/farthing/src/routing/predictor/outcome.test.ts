import { describe, expect, it } from 'vitest';
import { gainOf } from './outcome.js';
import { madeOutcomes } from './scope.test-kit.js';

const [pair] = madeOutcomes(1, 1, { gainOfHard: 1, gainOfEasy: 1 });
if (!pair) throw new Error('Expected an outcome.');

describe('an outcome', () => {
  it('has a gain where both targets were seen', () => {
    expect(gainOf({ ...pair, weak: 0.25, strong: 1 })).toBe(0.75);
    expect(gainOf({ ...pair, weak: undefined })).toBeUndefined();
  });
});
