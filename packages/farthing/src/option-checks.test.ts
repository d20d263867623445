import { describe, expect, it } from 'vitest';
import { checkCallOptions, checkGateOptions } from './option-checks.js';
import { usd } from './pricing/money.js';

const budget = { name: 'day', limit: usd('1'), per: 'day' };

describe('options', () => {
  it.each([
    [
      { budgets: [{ ...budget, limit: 0.02 }] },
      "createGate: expected `budgets[0].limit` to be a positive amount made with usd('…'), got 0.02 (number).",
    ],
    [
      { budgets: [{ ...budget, limit: '20' }] },
      "createGate: expected `budgets[0].limit` to be an amount made with usd('…'), got '20' (string).",
    ],
    [
      { budgets: [{ ...budget, per: 'year' }] },
      "createGate: expected `budgets[0].per` to be 'minute' or 'hour' or 'day' or 'week' or 'month' or 'total', got 'year' (string).",
    ],
    [{ budgets: [budget, budget] }, 'createGate: expected `budgets` to be budgets with unique names, got an array.'],
    [
      { budgets: [{ ...budget, timeZone: 'Mars/Olympus' }] },
      "createGate: expected `budgets[0].timeZone` to be an IANA time zone such as 'Europe/Berlin', got 'Mars/Olympus' (string).",
    ],
    [{ cache: { ttlMs: -1 } }, 'createGate: expected `cache.ttlMs` to be an integer of at least 1, got -1 (number).'],
    [
      { ledger: {} },
      'createGate: expected `ledger` to be a ledger, such as await openFileLedger({ dir }), got object.',
    ],
    [{ onLedgerError: 'maybe' }, "createGate: expected `onLedgerError` to be 'allow' or 'deny', got 'maybe' (string)."],
    [null, 'createGate: expected the options to be an object, got null.'],
  ])('says what was expected and what came: %j', (options, message) => {
    expect(() => checkGateOptions(options)).toThrow(new TypeError(message));
  });

  it('names an option it does not know, and the ones it does', () => {
    expect(() => checkGateOptions({ budget: [] })).toThrow(/known options only \(fetch, now, mode, .*\), got `budget`/);
    expect(() => checkGateOptions({ cache: { tll: 5 } })).toThrow(/`cache` to be known options only .*got `tll`/);
  });

  it('does not repeat a long value, which may be a secret', () => {
    expect(() => checkCallOptions({ tags: `sk-${'x'.repeat(40)}` })).toThrow(/got a string of 43 characters/);
  });

  it('takes what it documents', () => {
    const options = {
      budgets: [{ ...budget, by: 'tenant', onExhausted: () => 'deny', alerts: [0.5] }],
      cache: { by: 'tenant' },
      coalesce: true,
      prices: {},
      mode: 'observe',
    };
    expect(checkGateOptions(options)).toEqual(options);
  });
});
