import type { JsonSchema } from '../engine.js';
import { LocalError } from '../local-error.js';

/** Keywords that say nothing about what fits, or that narrow values in a way that a grammar can't hold. */
const leftOut = new Set([
  ...[
    'title',
    'description',
    'default',
    'examples',
    'deprecated',
    'readOnly',
    'writeOnly',
    '$schema',
    '$id',
    '$comment',
    'strict',
  ],
  ...[
    'pattern',
    'minimum',
    'maximum',
    'exclusiveMinimum',
    'exclusiveMaximum',
    'multipleOf',
    'uniqueItems',
    'contentEncoding',
  ],
  ...['contentMediaType', 'propertyNames'],
]);
const formats = new Set(['date-time', 'time', 'date']);
const kept = new Set([
  'type',
  'enum',
  'const',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'required',
  'minProperties',
  'maxProperties',
]);
const mostDepth = 64;

/**
 * A JSON schema as the binding's grammars take it: annotations and narrowings of values (`pattern`, `minimum`) are left
 * out, `anyOf` becomes `oneOf`, `definitions` becomes `$defs`.
 * @throws LocalError for a keyword without which the answer would have another shape
 */
export function grammarSchema(schema: JsonSchema, param: string): JsonSchema {
  return convert(schema, param, 0);
}

function convert(schema: unknown, path: string, depth: number): JsonSchema {
  if (schema === true) return {};
  if (typeof schema !== 'object' || schema === null || Array.isArray(schema) || depth > mostDepth)
    throw new LocalError(
      'invalid_request',
      `Expected \`${path}\` to be a JSON schema of at most ${mostDepth} levels.`,
      {
        param: path,
      },
    );
  const result: Record<string, unknown> = {};
  for (const [keyword, value] of Object.entries(schema)) {
    // Neither names of properties nor keywords that nobody knows are told: they are the caller's own words.
    const at = `${path}.${isKnown(keyword) ? keyword : '*'}`;
    const each = (list: unknown): JsonSchema[] => {
      if (!Array.isArray(list)) throw refuse(at, 'a list of schemas');
      return list.map((item, index) => convert(item, `${at}[${index}]`, depth + 1));
    };
    if (leftOut.has(keyword)) continue;
    if (keyword === 'properties' || keyword === '$defs' || keyword === 'definitions')
      result[keyword === 'definitions' ? '$defs' : keyword] = Object.fromEntries(
        Object.entries(asRecord(value, at)).map(([name, item]) => [name, convert(item, `${at}.*`, depth + 1)]),
      );
    else if (keyword === 'items') result['items'] = convert(value, at, depth + 1);
    else if (keyword === 'additionalProperties')
      result[keyword] = typeof value === 'boolean' ? value : convert(value, at, depth + 1);
    else if (keyword === 'prefixItems') result[keyword] = each(value);
    else if (keyword === 'oneOf' || keyword === 'anyOf') result['oneOf'] = each(value);
    else if (keyword === 'allOf' && Array.isArray(value) && value.length === 1) Object.assign(result, each(value)[0]);
    else if (keyword === 'format') {
      if (formats.has(String(value))) result['format'] = value;
    } else if (keyword === '$ref') result['$ref'] = String(value).replace('#/definitions/', '#/$defs/');
    else if (kept.has(keyword)) result[keyword] = value;
    else if (keyword === 'nullable') continue;
    else throw refuse(at, 'one of the keywords that a grammar can hold');
  }
  return 'nullable' in schema && schema.nullable === true ? { oneOf: [result, { type: 'null' }] } : result;
}

/** Keywords of JSON Schema that no grammar holds. */
const unheld = new Set(
  ['not', 'if', 'then', 'else', 'patternProperties', 'dependentSchemas', 'dependentRequired', 'dependencies'].concat([
    'contains',
    'minContains',
    'maxContains',
    'unevaluatedProperties',
    'unevaluatedItems',
    'additionalItems',
    '$dynamicRef',
  ]),
);
const shaped = new Set([
  'properties',
  '$defs',
  'definitions',
  'items',
  'additionalProperties',
  'prefixItems',
  'oneOf',
  'anyOf',
  'allOf',
  '$ref',
]);

function isKnown(keyword: string): boolean {
  return kept.has(keyword) || shaped.has(keyword) || unheld.has(keyword);
}

function asRecord(value: unknown, at: string): object {
  if (typeof value !== 'object' || value === null) throw refuse(at, 'an object');
  return value;
}

function refuse(param: string, expected: string): LocalError {
  return new LocalError(
    'invalid_request',
    `Expected \`${param}\` to be ${expected}. Leave it out, or change the schema.`,
    {
      param,
    },
  );
}
