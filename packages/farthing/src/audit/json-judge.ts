import { unfenced } from '../unfenced.js';
import { type Judge, judgeBy } from './judge.js';

/** Passes answers that are both JSON, fenced or not, and hold equal values in whatever order of keys. */
export function jsonJudge(): Judge {
  return judgeBy((_question, fresh, stored) => {
    const [left, right] = [parseJson(fresh), parseJson(stored)];
    return left !== undefined && right !== undefined && equalJson(left.value, right.value);
  });
}

function parseJson(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(unfenced(text)) };
  } catch {
    return undefined;
  }
}

/** Whether two values that came from JSON are the same. */
function equalJson(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false;
  if (Array.isArray(left) !== Array.isArray(right)) return false;
  const [entries, others] = [Object.entries(left), new Map<string, unknown>(Object.entries(right))];
  return (
    entries.length === others.size &&
    entries.every(([key, value]) => others.has(key) && equalJson(value, others.get(key)))
  );
}
