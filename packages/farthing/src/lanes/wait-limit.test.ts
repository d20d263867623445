import { describe, expect, it } from 'vitest';
import { waitLimit } from './wait-limit.js';

const limit = (timeout: string | undefined, typicalMs?: number, nowMs = 1000): number =>
  waitLimit(
    { headers: new Headers(timeout === undefined ? {} : { 'x-stainless-timeout': timeout }), startedAtMs: 1000 },
    { maxWaitMs: 30_000, typicalMs, nowMs },
  );

describe('how long a call may wait', () => {
  it('is what its lane says, where the client says nothing or more', () => {
    expect([limit(undefined), limit('600'), limit('none')]).toEqual([30_000, 30_000, 30_000]);
  });

  it('is what its client leaves, less the time that an answer takes', () => {
    expect([limit('5'), limit('5', 1000), limit('5', 1000, 2500)]).toEqual([4500, 4000, 2500]);
  });

  it('is at least half of the timeout, however slow the provider, and never below nothing', () => {
    expect([limit('4', 60_000), limit('0'), limit('1', 100, 9000)]).toEqual([2000, 225, 0]);
  });
});
