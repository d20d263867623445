import { describe, expect, it } from 'vitest';
import { LocalError } from '../local-error.js';
import { asLocalError, failureResponse } from './errors.js';

/** What another copy of this package throws, or what only calls itself so. */
function named(fields: object): Error {
  return Object.assign(new Error('words'), { name: 'LocalError', ...fields });
}

describe('a failure is never a success', () => {
  it('is passed on where it is ours', () => {
    const error = new LocalError('overloaded', 'Come back later.', { retryAfterSeconds: 2 });
    expect(asLocalError(error)).toBe(error);
  });

  it('has its status whatever copy it is of', async () => {
    const error = asLocalError(named({ code: 'model_not_found', param: 'model', status: 200 }));
    const response = failureResponse(error, 'openai');
    const { error: told } = JSON.parse(await response.text());
    expect([response.status, told]).toEqual([
      404,
      { message: 'words', type: 'invalid_request_error', param: 'model', code: 'model_not_found' },
    ]);
  });

  it.each([{ code: 'of_a_later_release' }, { code: 'toString' }, { code: 7 }, { code: null }])(
    'is one of the engine where its code is not known: %j',
    async (fields) => {
      const response = failureResponse(asLocalError(named(fields)), 'anthropic');
      expect([response.status, (await response.text()).includes('words')]).toEqual([502, false]);
    },
  );
});
