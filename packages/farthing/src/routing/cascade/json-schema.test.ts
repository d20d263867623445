import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fitsSchema } from './json-schema.js';

const list = {
  type: 'object',
  properties: { value: { type: 'integer' }, next: { anyOf: [{ $ref: '#' }, { type: 'null' }] } },
  required: ['value', 'next'],
  additionalProperties: false,
};
const steps = {
  type: 'object',
  properties: { steps: { type: 'array', items: { $ref: '#/$defs/step' }, minItems: 1 } },
  required: ['steps'],
  $defs: { step: { type: 'object', properties: { kind: { const: 'go' } }, required: ['kind'] } },
};

describe('a schema that was written to be slow', () => {
  it.each([
    [
      'a long pointer for each of many values',
      { type: 'array', items: { $ref: `#/${'a/'.repeat(100_000)}` } },
      Array(5000).fill(0),
    ],
    [
      'many choices for each of many values',
      { items: { enum: Array.from({ length: 100_000 }, (_, at) => at + 1) } },
      Array(5000).fill(0),
    ],
    [
      'many names for each of many values',
      { items: { required: Array(100_000).fill('a') } },
      Array(5000).fill({ a: 1 }),
    ],
    ['many types for each of many values', { items: { type: Array(100_000).fill('null') } }, Array(5000).fill(0)],
  ])('%s', (_, schema, value) => {
    expect(fitsSchema(value, schema)).toBe(true);
  });

  it('or deep', () => {
    const deep: unknown = JSON.parse('['.repeat(20_000) + ']'.repeat(20_000));
    expect(fitsSchema(deep, { enum: [JSON.parse('['.repeat(20_000) + ']'.repeat(20_000))] })).toBe(true);
    expect(fitsSchema([], { enum: [deep] })).toBe(false);
  });
});

describe('a value fits', () => {
  it.each<[unknown, unknown, boolean]>([
    [{ value: 1, next: { value: 2, next: null } }, list, true],
    [{ value: 1, next: { value: 2.5, next: null } }, list, false],
    [{ value: 1, next: { value: 2 } }, list, false],
    [{ value: 1, next: null, more: 1 }, list, false],
    [{ steps: [{ kind: 'go' }] }, steps, true],
    [{ steps: [{ kind: 'stop' }] }, steps, false],
    [{ steps: [] }, steps, false],
    [null, { type: ['string', 'null'] }, true],
    [1, { type: ['string', 'null'] }, false],
    ['b', { enum: ['a', 'b'] }, true],
    ['c', { enum: ['a', 'b'] }, false],
    [{ a: [1] }, { enum: [{ a: [1] }] }, true],
    [3, { type: 'number', exclusiveMinimum: 3 }, false],
    [3, { type: 'number', minimum: 3, maximum: 3 }, true],
    ['😀', { type: 'string', maxLength: 1 }, true],
    ['ab', { type: 'string', maxLength: 1 }, false],
    [{ a: 1 }, { properties: { a: true }, additionalProperties: { type: 'string' } }, true],
    [{ b: 1 }, { properties: { a: true }, additionalProperties: { type: 'string' } }, false],
    [1, { allOf: [{ type: 'number' }, { minimum: 2 }] }, false],
    // What is not known lets pass.
    ['x', { type: 'string', format: 'date', pattern: '^y$' }, true],
    [1, { $ref: 'https://example.com/a' }, true],
    [1, { $ref: '#/nowhere' }, true],
    [{}, { required: ['constructor'] }, false],
  ])('%j in %j: %s', (value, schema, fits) => {
    expect(fitsSchema(value, schema)).toBe(fits);
  });

  it('ends, for schemas that go round for ever or branch without end', () => {
    expect(fitsSchema(1, { $ref: '#' })).toBe(true);
    const branching = { anyOf: [{ $ref: '#' }, { $ref: '#' }, { $ref: '#' }] };
    expect(typeof fitsSchema({ a: 1 }, { allOf: [branching, branching, { type: 'string' }] })).toBe('boolean');
  });
});

/** A schema as structured outputs allow it, with values that fit. */
interface Made {
  readonly schema: Record<string, unknown>;
  readonly value: fc.Arbitrary<unknown>;
}

const leaf: fc.Arbitrary<Made> = fc.constantFrom<Made>(
  { schema: { type: 'string' }, value: fc.string() },
  { schema: { type: 'integer' }, value: fc.integer() },
  { schema: { type: 'boolean' }, value: fc.boolean() },
  { schema: { type: 'null' }, value: fc.constant(null) },
  { schema: { enum: ['a', 'b'] }, value: fc.constantFrom('a', 'b') },
);
const made: fc.Arbitrary<Made> = fc.letrec<{ node: Made }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 3 },
    leaf,
    tie('node').map(({ schema, value }) => ({
      schema: { type: 'array', items: schema },
      value: fc.array(value, { maxLength: 3 }),
    })),
    fc.dictionary(fc.constantFrom('x', 'y', 'constructor'), tie('node'), { noNullPrototype: true }).map((parts) => ({
      schema: {
        type: 'object',
        properties: Object.fromEntries(Object.entries(parts).map(([name, { schema }]) => [name, schema])),
        required: Object.keys(parts),
        additionalProperties: false,
      },
      value: fc.record(Object.fromEntries(Object.entries(parts).map(([name, { value }]) => [name, value]))),
    })),
    tie('node').map(({ schema, value }) => ({
      schema: { anyOf: [{ type: 'null' }, schema] },
      value: fc.oneof(fc.constant(null), value),
    })),
  ),
})).node;

describe('over all schemas', () => {
  it('what was made to fit does, and does not with a property too many or one too few', () => {
    fc.assert(
      fc.property(
        made.chain(({ schema, value }) => fc.tuple(fc.constant(schema), value)),
        ([schema, value]) => {
          const json: unknown = JSON.parse(JSON.stringify(value));
          expect(fitsSchema(json, schema)).toBe(true);
          if (schema['type'] !== 'object' || typeof json !== 'object' || json === null) return;
          expect(fitsSchema({ ...json, another: 1 }, schema)).toBe(false);
          for (const name of Object.keys(json)) {
            const { [name]: _, ...rest } = json as Record<string, unknown>; // an object
            expect(fitsSchema(rest, schema)).toBe(false);
          }
        },
      ),
    );
  });

  it('never throws, whatever the schema and the value are', () => {
    const keyword = fc.constantFrom(
      'type',
      'properties',
      'required',
      'items',
      'anyOf',
      '$ref',
      'enum',
      'minimum',
      'allOf',
    );
    const schema = fc.dictionary(keyword, fc.jsonValue());
    fc.assert(
      fc.property(fc.jsonValue(), schema, (value, rules) => {
        expect(typeof fitsSchema(value, rules)).toBe('boolean');
      }),
    );
  });
});
