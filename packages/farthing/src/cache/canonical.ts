/**
 * A parsed JSON value as a text that is equal for equal values and for no others; the order of fields does not matter.
 * Strings stand as they are, behind their length: escaping those of a long prompt would take longer than hashing them.
 */
export function canonical(value: unknown): string {
  const pieces: string[] = [];
  write(value, pieces);
  return pieces.join('');
}

function write(value: unknown, pieces: string[]): void {
  if (typeof value === 'string') {
    pieces.push('"', String(value.length), ':', value);
  } else if (Array.isArray(value)) {
    pieces.push('[');
    for (const each of value) write(each, pieces);
    pieces.push(']');
  } else if (typeof value === 'object' && value !== null) {
    pieces.push('{');
    for (const field of Object.keys(value).sort()) {
      write(field, pieces);
      write(Reflect.get(value, field), pieces);
    }
    pieces.push('}');
  } else {
    pieces.push(String(value), ',');
  }
}
