import type { JsonObject } from './dialect.js';

/** The value if it is an object, and neither `null` nor an array. */
export function asObject(value: unknown): JsonObject | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined; // checked: an object
}

/** The objects of an array; nothing where it is none. */
export function objectsOf(value: unknown): readonly JsonObject[] {
  return Array.isArray(value) ? value.map(asObject).filter((each) => each !== undefined) : [];
}

/** The value if it is a string. */
export function asText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** The value if it is a non-negative finite number. */
export function asCount(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined;
}

/** As {@link asCount}, but a number written as text is one too: servers that are not strict take it for its value. */
export function asAmount(value: unknown): number | undefined {
  if (typeof value !== 'string') return asCount(value);
  return value.trim() === '' ? undefined : asCount(Number(value));
}

/** Whether a field holds something: `null` says the same as leaving it out. */
export function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}

/** A record's own value under a key that came from outside: never what all objects inherit (`constructor`). */
export function ownValue<Value>(record: Readonly<Record<string, Value>>, key: string): Value | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

/** The object in a JSON text; `undefined` where it holds none or is no JSON. */
export function parseObject(text: string): JsonObject | undefined {
  try {
    return asObject(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** The value in a JSON text; `undefined` where it is none. */
export function parseValue(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A copy without some fields. */
export function without(body: JsonObject, fields: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(body).filter(([field]) => !fields.includes(field)));
}
