import { describe, expect, it } from 'vitest';
import { createCountedAudits } from './counted-audits.js';

describe('what was counted', () => {
  it('is told from what is next, and from what stands behind a gap', () => {
    const counted = createCountedAudits();
    expect([0, 5].map((number) => counted.placeOf('run', number, 0))).toEqual(['next', 'gap']);
    for (const number of [0, 1, 2]) counted.add('run', number, number);
    expect([0, 2, 3, 4].map((number) => counted.placeOf('run', number, 0))).toEqual([
      'duplicate',
      'duplicate',
      'next',
      'gap',
    ]);
    expect(counted.placeOf('other', 0, 0)).toBe('next');
    expect(createCountedAudits(counted.snapshot()).placeOf('run', 2, 0)).toBe('duplicate');
  });

  it('takes bounded room, and takes nothing for new that it may have forgotten', () => {
    const counted = createCountedAudits(undefined, 3);
    for (let run = 0; run < 5; run++) counted.add(`run-${run}`, 0, 100 * run);
    expect(counted.snapshot().runs.map(([run]) => run)).toEqual(['run-2', 'run-3', 'run-4']);
    expect(counted.placeOf('run-1', 0, 100)).toBe('too_old');
    expect(counted.placeOf('run-2', 0, 200)).toBe('duplicate');
    expect(counted.placeOf('run-9', 0, 101)).toBe('next');
    const restored = createCountedAudits(JSON.parse(JSON.stringify(counted.snapshot())));
    expect(restored.placeOf('run-0', 0, 0)).toBe('too_old');
  });
});
