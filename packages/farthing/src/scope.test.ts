import { describe, expect, it } from 'vitest';
import { createScopes, mergeOptions } from './scope.js';

describe('scopes', () => {
  it('reads back what it signed, with one envelope for all attempts', () => {
    const scopes = createScopes();
    const token = scopes.sign({ maxCost: 5, tags: { tenant: 'Большой' } });
    expect(token).toMatch(/^[\x21-\x7e]+$/);
    const [first, second] = [scopes.verify(token), scopes.verify(token)];
    expect(first?.options).toEqual({ maxCost: 5, tags: { tenant: 'Большой' } });
    expect(first?.envelopes).toEqual(second?.envelopes);
    expect(first?.envelopes[0]?.limitNanoUsd).toBe(5);
  });

  it('refuses a token of another gate, a changed one, and nonsense', () => {
    const scopes = createScopes();
    const token = scopes.sign({ tags: { tenant: 'a' } });
    const [payload, signature] = token.split('.');
    const forged = Buffer.from(JSON.stringify({ options: { tags: { tenant: 'b' } }, envelopes: [] })).toString(
      'base64url',
    );
    for (const bad of [
      createScopes().sign({}),
      `${forged}.${signature}`,
      `${payload}.`,
      `.${signature}`,
      '',
      'x',
      `${token}.x`,
      '..',
    ]) {
      expect(scopes.verify(bad)).toBeUndefined();
    }
  });

  it('nests runs: inner options win, tags merge, no envelope is lifted', async () => {
    const scopes = createScopes();
    await scopes.run({ maxCost: 10, tags: { tenant: 'a', feature: 'x' } }, async () => {
      await Promise.resolve();
      scopes.run({ maxCost: 99, tags: { feature: 'y' } }, () => {
        expect(scopes.current()?.options.tags).toEqual({ tenant: 'a', feature: 'y' });
        expect(scopes.current()?.envelopes.map((envelope) => envelope.limitNanoUsd)).toEqual([10, 99]);
      });
      expect(scopes.current()?.options.maxCost).toBe(10);
    });
    expect(scopes.current()).toBeUndefined();
  });

  it('merges later over earlier', () => {
    expect(mergeOptions({ fresh: true, tags: { a: '1' } }, undefined, { tags: { b: '2' } })).toEqual({
      fresh: true,
      tags: { a: '1', b: '2' },
    });
  });
});
