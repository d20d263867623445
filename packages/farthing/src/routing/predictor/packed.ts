/** The kinds of arrays that a file can hold, by the name that it gives them. */
const kinds = {
  f32: Float32Array,
  i32: Int32Array,
  u32: Uint32Array,
  i16: Int16Array,
  u16: Uint16Array,
  i8: Int8Array,
  u8: Uint8Array,
} as const;

type Kind = keyof typeof kinds;
type Packable = Float32Array | Int32Array | Uint32Array | Int16Array | Uint16Array | Int8Array | Uint8Array;

/** The key that says: this object is an array of that kind. No other object may have it. */
const marker = '$array';

/** JSON of plain objects, lists, numbers (NaN as null), strings and typed arrays, the last in base64 (little-endian). */
export function pack(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => {
    const kind = kindOf(part);
    return kind ? { [marker]: kind.name, data: toBase64(kind.array) } : part;
  });
}

/** The value that was packed. @throws Error where the text is no JSON or an array is damaged */
export function unpack(text: string): unknown {
  return JSON.parse(text, (_, part: unknown) => {
    if (typeof part !== 'object' || part === null || !(marker in part)) return part;
    const { [marker]: name, data } = part as { [marker]: unknown; data?: unknown }; // `in` above
    if (typeof name !== 'string' || !Object.hasOwn(kinds, name) || typeof data !== 'string')
      throw new Error(`Expected an array of a known kind, got '${String(name)}'.`);
    const bytes = fromBase64(data);
    const kind = kinds[name as Kind]; // `hasOwn` above
    if (bytes.length % kind.BYTES_PER_ELEMENT !== 0) throw new Error(`Expected whole elements of ${name}.`);
    return new kind(bytes.buffer);
  });
}

function kindOf(part: unknown): { name: string; array: Packable } | undefined {
  for (const [name, kind] of Object.entries(kinds)) if (part instanceof kind) return { name, array: part };
  return undefined;
}

/** Bytes that become a string at once: more arguments would overflow the stack. */
const chunk = 0x6000;

function toBase64(array: Packable): string {
  const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
  let text = '';
  // a multiple of three, so that the pieces can be joined
  for (let at = 0; at < bytes.length; at += chunk) text += btoa(String.fromCharCode(...bytes.subarray(at, at + chunk)));
  return text;
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let at = 0; at < binary.length; at++) bytes[at] = binary.charCodeAt(at);
  return bytes;
}
