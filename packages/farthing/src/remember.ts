/** Longer keys are not worth the memory: a stranger may write into some of them. */
const maxKeyLength = 10_000;

/** The same function, which answers from memory what it was asked before; it forgets all when it knows too much. */
export function remember<Value>(ask: (key: string) => Value, maxKeys: number): (key: string) => Value {
  const known = new Map<string, Value>();
  return (key) => {
    const found = known.get(key);
    if (found !== undefined || known.has(key)) return found as Value; // present under this key
    const value = ask(key);
    if (key.length > maxKeyLength) return value;
    if (known.size >= maxKeys) known.clear();
    known.set(key, value);
    return value;
  };
}
