import * as z from 'zod/mini';
import type { Embedder } from './cache/embedder.js';

/** What options are checked with: each piece says in its error what was expected. */
export const optional = z.optional;
export const text = z.string({ error: 'a string' }).check(z.minLength(1, { error: 'a string that is not empty' }));
export const flag = z.boolean({ error: 'true or false' });
export const oneOf = <const Values extends readonly string[]>(values: Values) =>
  z.enum(values, { error: values.map((value) => `'${value}'`).join(' or ') });
export const amount = z
  .number({ error: "an amount made with usd('…')" })
  .check(
    z.refine((value) => Number.isSafeInteger(value) && value > 0, { error: "a positive amount made with usd('…')" }),
  );
export const count = (least: number) =>
  z
    .number({ error: 'a number' })
    .check(
      z.refine((value) => Number.isSafeInteger(value) && value >= least, { error: `an integer of at least ${least}` }),
    );
export const share = z
  .number({ error: 'a number from 0 to 1' })
  .check(z.refine((value) => value >= 0 && value <= 1, { error: 'a number from 0 to 1' }));
export const functionOf = <Type>() => z.custom<Type>((value) => typeof value === 'function', { error: 'a function' });
export const object = <Shape extends z.core.$ZodLooseShape>(shape: Shape) =>
  z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys' ? `known options only (${Object.keys(shape).join(', ')})` : 'an object',
  });
export const worth = z
  .number({ error: 'a number of at least 0' })
  .check(z.refine((value) => value >= 0 && value < Infinity, { error: 'a number of at least 0' }));
export const textMap = z.record(text, z.string({ error: 'a string' }), { error: 'an object of strings' });
export const embedder = z.custom<Embedder>(
  (value) => typeof (value as Embedder | null)?.embed === 'function' && typeof (value as Embedder).id === 'string',
  { error: 'an embedder, such as minilm() or lexical()' },
);
export const mode = oneOf(['enforce', 'observe']);

/** @throws TypeError that names the option, what was expected and what came */
export function check<Schema extends z.core.$ZodType>(
  schema: Schema,
  value: unknown,
  door: string,
): z.core.output<Schema> {
  const result = z.safeParse(schema, value);
  if (result.success) return result.data;
  const issue = deepest(result.error.issues);
  const keys = issue?.code === 'unrecognized_keys' ? ` \`${issue.keys.join('`, `')}\`` : '';
  const path = (issue?.path ?? []).reduce<string>(
    (all, key) => (typeof key === 'number' ? `${all}[${key}]` : all ? `${all}.${String(key)}` : String(key)),
    '',
  );
  const got = keys || describe(valueAt(value, issue?.path ?? []));
  throw new TypeError(
    `${door}: expected ${path ? `\`${path}\`` : 'the options'} to be ${issue?.message ?? 'valid'}, got ${got.trim()}.`,
  );
}

/** A union says only that nothing fitted; the branch that got furthest says why. */
function deepest(issues: readonly z.core.$ZodIssue[]): z.core.$ZodIssue | undefined {
  const [issue] = issues;
  if (issue?.code !== 'invalid_union') return issue;
  const inner = issue.errors
    .map((branch) => deepest(branch))
    .find((each) => each && (each.path.length > 0 || each.code === 'unrecognized_keys'));
  return inner ? { ...inner, path: [...issue.path, ...inner.path] } : issue;
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (at, key) => (typeof at === 'object' && at !== null ? Reflect.get(at, key) : undefined),
    value,
  );
}

/** Shows small values and hides long ones: an option may hold a secret by mistake. */
function describe(value: unknown): string {
  if (value === undefined || value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'number') return `${value} (number)`;
  if (typeof value === 'string')
    return value.length <= 24 ? `'${value}' (string)` : `a string of ${value.length} characters`;
  return Array.isArray(value) ? 'an array' : typeof value;
}
