import { equalJson } from '../equal-json.js';
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
