/**
 * Whether two values that came from JSON are the same, whatever the order of their keys. Any depth.
 * @param isSpent asked at each step; once it says so, what was not looked at counts as the same
 */
export function equalJson(left: unknown, right: unknown, isSpent: () => boolean = () => false): boolean {
  const pairs: [unknown, unknown][] = [[left, right]];
  for (let pair = pairs.pop(); pair; pair = pairs.pop()) {
    const [one, other] = pair;
    if (isSpent()) return true;
    if (one === other) continue;
    if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false;
    if (Array.isArray(one) !== Array.isArray(other)) return false;
    const entries = Object.entries(one);
    if (entries.length !== Object.keys(other).length) return false;
    for (const [name, value] of entries) {
      if (!Object.hasOwn(other, name)) return false;
      pairs.push([value, Reflect.get(other, name)]);
    }
  }
  return true;
}
