import type { JsonObject } from '../../dialects/dialect.js';
import { asObject, asText, ownValue } from '../../dialects/json.js';
import { equalJson } from '../../equal-json.js';

/** Schemas that go on for longer are not followed to their end: what was not looked at is let pass. */
const maxSteps = 100_000;
const maxDepth = 256;

/**
 * Whether a JSON value fits a schema, by what structured outputs allow: `type`, `properties`, `required`,
 * `additionalProperties`, `items`, `enum`, `const`, `anyOf`, `oneOf`, `allOf`, `$ref` into the same schema, and the bounds of
 * numbers, texts and lists. Keywords that it does not know (`pattern`, `format`, …) let everything pass, so that a fitting
 * answer is never sent back; so does a `$ref` that leads nowhere. Never throws.
 */
export function fitsSchema(value: unknown, schema: unknown): boolean {
  return fits(value, schema, { root: schema, refs: new Map(), steps: 0 }, 0);
}

interface Walk {
  readonly root: unknown;
  /** What pointers stand for: each is followed once, however many values it is for. */
  readonly refs: Map<string, unknown>;
  steps: number;
}

function fits(value: unknown, schema: unknown, walk: Walk, depth: number): boolean {
  if (typeof schema === 'boolean') return schema;
  const rules = asObject(schema);
  if (!rules || depth > maxDepth || ++walk.steps > maxSteps) return true;
  const again = (inner: unknown): boolean => fits(value, inner, walk, depth + 1);
  // All work counts, not only schemas: a long list of types or names is asked for each value of a list.
  const isSpent = (): boolean => ++walk.steps > maxSteps;
  const ref = asText(rules['$ref']);
  return (
    hasType(value, rules['type'], isSpent) &&
    (!Array.isArray(rules['enum']) || rules['enum'].some((one) => equalJson(one, value, isSpent))) &&
    (!('const' in rules) || equalJson(rules['const'], value, isSpent)) &&
    (!Array.isArray(rules['anyOf']) || rules['anyOf'].some(again)) &&
    (!Array.isArray(rules['oneOf']) || rules['oneOf'].some(again)) &&
    (!Array.isArray(rules['allOf']) || rules['allOf'].every(again)) &&
    (ref === undefined || again(resolved(ref, walk))) &&
    isWithin(value, rules) &&
    objectFits(value, rules, walk, depth) &&
    listFits(value, rules, walk, depth)
  );
}

function hasType(value: unknown, type: unknown, isSpent: () => boolean): boolean {
  return Array.isArray(type) ? type.some((one) => isSpent() || isOf(value, one)) : isOf(value, type);
}

function isOf(value: unknown, type: unknown): boolean {
  switch (type) {
    case 'object':
      return asObject(value) !== undefined;
    case 'array':
      return Array.isArray(value);
    case 'integer':
      return Number.isInteger(value);
    case 'number':
    case 'string':
    case 'boolean':
      return typeof value === type;
    case 'null':
      return value === null;
    default:
      return true;
  }
}

function objectFits(value: unknown, rules: JsonObject, walk: Walk, depth: number): boolean {
  const object = asObject(value);
  if (!object) return true;
  const properties = asObject(rules['properties']) ?? {};
  const { required, additionalProperties: more, patternProperties: patterns } = rules;
  if (
    Array.isArray(required) &&
    !required.every((name) => ++walk.steps > maxSteps || typeof name !== 'string' || Object.hasOwn(object, name))
  )
    return false;
  return Object.entries(object).every(([name, inner]) => {
    const known = ownValue(properties, name);
    if (known !== undefined) return fits(inner, known, walk, depth + 1);
    return patterns !== undefined || more === undefined || fits(inner, more, walk, depth + 1);
  });
}

function listFits(value: unknown, rules: JsonObject, walk: Walk, depth: number): boolean {
  const { items, prefixItems: first } = rules;
  if (!Array.isArray(value) || items === undefined) return true;
  const from = Array.isArray(first) ? first.length : 0;
  return value.every((inner, index) => index < from || fits(inner, items, walk, depth + 1));
}

/** The bounds of numbers, and of the lengths of texts and lists. */
function isWithin(value: unknown, rules: JsonObject): boolean {
  const limit = (name: string): number | undefined => {
    const given = rules[name];
    return typeof given === 'number' ? given : undefined;
  };
  if (typeof value === 'number')
    return (
      value >= (limit('minimum') ?? -Infinity) &&
      value <= (limit('maximum') ?? Infinity) &&
      value > (limit('exclusiveMinimum') ?? -Infinity) &&
      value < (limit('exclusiveMaximum') ?? Infinity)
    );
  if (typeof value === 'string' && ('minLength' in rules || 'maxLength' in rules)) {
    const length = [...value].length; // characters, not UTF-16 units
    return length >= (limit('minLength') ?? 0) && length <= (limit('maxLength') ?? Infinity);
  }
  return (
    !Array.isArray(value) ||
    (value.length >= (limit('minItems') ?? 0) && value.length <= (limit('maxItems') ?? Infinity))
  );
}

function resolved(ref: string, { refs, root }: Walk): unknown {
  if (!refs.has(ref)) refs.set(ref, resolve(ref, root));
  return refs.get(ref);
}

/** What a pointer such as `#/$defs/step` stands for; `true`, which takes all, where it stands for nothing here. */
function resolve(ref: string, root: unknown): unknown {
  if (ref === '#') return root;
  if (!ref.startsWith('#/')) return true;
  let at: unknown = root;
  for (const part of ref.slice(2).split('/')) {
    const name = part.replaceAll('~1', '/').replaceAll('~0', '~');
    at = Array.isArray(at) ? at[Number(name)] : ownValue(asObject(at) ?? {}, name);
    if (at === undefined) return true;
  }
  return at;
}
