import { describe, expect, it } from 'vitest';
import { denialOf, isBudgetExceeded, isOverloaded, neverSent } from './errors.js';

const openai = {
  status: 402,
  code: 'budget_exceeded',
  type: 'farthing',
  error: { message: 'no', type: 'farthing', code: 'budget_exceeded' },
};
const anthropic = { status: 402, error: { type: 'error', error: { type: 'queue_full', message: 'later' } } };
const vercel = {
  statusCode: 402,
  responseBody: '{"error":{"message":"no","type":"farthing","code":"budget_exceeded"}}',
};

describe('denials in errors', () => {
  it.each([openai, vercel, { cause: openai }, { lastError: vercel }, { errors: [new Error('x'), vercel] }])(
    'finds a budget in %j',
    (error) => {
      expect(isBudgetExceeded(error)).toBe(true);
      expect(denialOf(error)?.message).toBe('no');
      expect(isOverloaded(error)).toBe(false);
    },
  );

  it('finds an overload in Anthropic’s shape', () => expect(isOverloaded(anthropic)).toBe(true));

  it.each([
    { status: 429, code: 'budget_exceeded' },
    { status: 402, code: 'insufficient_quota', error: { code: 'insufficient_quota' } },
    { statusCode: 402, responseBody: '<html>' },
    new Error('budget_exceeded'),
    undefined,
    'budget_exceeded',
  ])('takes no other error for one: %j', (error) => expect(denialOf(error)).toBeUndefined());

  it('ends on a cycle', () => {
    const error: { cause?: unknown } = {};
    error.cause = error;
    expect(denialOf(error)).toBeUndefined();
  });
});

describe('neverSent', () => {
  it('knows a refused connection under a fetch error', () => {
    expect(
      neverSent(new TypeError('fetch failed', { cause: Object.assign(new Error(), { code: 'ECONNREFUSED' }) })),
    ).toBe(true);
  });

  it('counts what is unclear as sent', () => {
    for (const error of [
      new TypeError('fetch failed', { cause: Object.assign(new Error(), { code: 'ECONNRESET' }) }),
      new DOMException('x', 'AbortError'),
      undefined,
      'x',
    ]) {
      expect(neverSent(error)).toBe(false);
    }
  });
});
