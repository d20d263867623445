import { describe, expect, it } from 'vitest';
import { isTemporary, isWorthAnother, lackedRoom, weighCreationFailure } from './weigh-failure.js';

describe('a creation that failed', () => {
  it.each([
    [400, 'refused'],
    [401, 'refused'],
    [404, 'refused'],
    [429, 'busy'],
    [408, 'unknown'],
    [409, 'unknown'],
    [500, 'unknown'],
    [529, 'unknown'],
    [undefined, 'unknown'],
  ] as const)('with status %s is %s', (status, weighed) => {
    expect(weighCreationFailure(Object.assign(new Error('no'), { status }))).toBe(weighed);
  });

  it('of which nothing is known may have created a batch', () => {
    for (const error of [undefined, 'text', new TypeError('fetch failed')])
      expect(weighCreationFailure(error)).toBe('unknown');
  });
});

describe('a request of a batch', () => {
  it.each([
    ['errored', 500, true],
    ['errored', 429, true],
    ['errored', 400, false],
    ['errored', 404, false],
    ['expired', 0, true],
    ['cancelled', 0, false],
    ['answered', 200, false],
  ] as const)('%s with status %s is worth another try: %s', (outcome, status, worth) => {
    expect(isWorthAnother({ outcome, status })).toBe(worth);
  });
});

describe('an error', () => {
  it('passes where the provider was busy or the network failed, and not where our own code did', () => {
    const socket = new TypeError('terminated', {
      cause: Object.assign(new Error('other side closed'), { code: 'UND_ERR_SOCKET' }),
    });
    expect(isTemporary(socket)).toBe(true);
    expect(isTemporary(Object.assign(new Error('Connection error.'), { status: undefined }))).toBe(true);
    expect(isTemporary(Object.assign(new Error('busy'), { status: 503 }))).toBe(true);
    expect(isTemporary(Object.assign(new Error('no such key'), { status: 401 }))).toBe(false);
    expect(isTemporary(new TypeError('undefined is not a function'))).toBe(false);
  });
});

describe('a rejected batch', () => {
  const rejected = (code: string) => ({
    status: 'rejected' as const,
    succeeded: 0,
    failed: 0,
    errors: [{ code, message: '' }],
  });
  it('is sent later where there was no room for it, and not where it was wrong', () => {
    expect(lackedRoom(rejected('token_limit_exceeded'))).toBe(true);
    expect(lackedRoom(rejected('invalid_json_line'))).toBe(false);
    expect(lackedRoom(rejected('mismatched_model'))).toBe(false);
  });
});
