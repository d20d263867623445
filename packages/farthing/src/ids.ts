import { randomId } from './platform.js';

/** Ids that collide with nothing: 128 random bits for this gate, and a count. Faster than random bits for each. */
export function createIds(): () => string {
  const gate = randomId();
  let count = 0;
  return () => `call_${gate}${(count++).toString(36).padStart(6, '0')}`;
}
