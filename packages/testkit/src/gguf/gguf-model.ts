/** How GGUF numbers the types of metadata. */
export const valueTypes = {
  uint8: 0,
  int8: 1,
  uint16: 2,
  int16: 3,
  uint32: 4,
  int32: 5,
  float32: 6,
  bool: 7,
  string: 8,
  array: 9,
  uint64: 10,
  int64: 11,
  float64: 12,
} as const;

export type ValueType = keyof typeof valueTypes;

/** An entry of the metadata, with the type that it has in the file. */
export type Entry =
  | { readonly type: NumberType; readonly value: number }
  | { readonly type: 'uint64' | 'int64'; readonly value: bigint }
  | { readonly type: 'bool'; readonly value: boolean }
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'array'; readonly of: ValueType; readonly values: readonly Entry[] };

export type NumberType = 'uint8' | 'int8' | 'uint16' | 'int16' | 'uint32' | 'int32' | 'float32' | 'float64';

export type Metadata = ReadonlyMap<string, Entry>;

/** The types of weights that these fixtures write: GGUF's number, weights in a block, bytes of a block. */
export const weightTypes = {
  F32: { number: 0, weights: 1, bytes: 4, fileType: 0 },
  F16: { number: 1, weights: 1, bytes: 2, fileType: 1 },
  Q4_0: { number: 2, weights: 32, bytes: 18, fileType: 2 },
  Q8_0: { number: 8, weights: 32, bytes: 34, fileType: 7 },
} as const;

export type WeightType = keyof typeof weightTypes;

export interface Tensor {
  readonly name: string;
  /** The innermost first. */
  readonly dims: readonly number[];
  readonly type: WeightType;
  readonly data: Uint8Array;
}

/** A small model, whole in memory. */
export interface GgufModel {
  readonly metadata: Metadata;
  readonly tensors: readonly Tensor[];
}

export const string = (value: string): Entry => ({ type: 'string', value });
export const uint32 = (value: number): Entry => ({ type: 'uint32', value });
export const float32 = (value: number): Entry => ({ type: 'float32', value });

/** An array of strings or numbers. */
export function array(of: 'string' | NumberType, values: readonly (string | number)[]): Entry {
  return {
    type: 'array',
    of,
    // The caller pairs the type with its values; a wrong pair fails as it is written.
    values: values.map((value) => ({ type: of, value }) as Entry),
  };
}

/** The number of an entry. @throws Error where it is none */
export function numberOf(metadata: Metadata, key: string): number {
  const entry = metadata.get(key);
  if (entry === undefined || typeof (entry as { value?: unknown }).value !== 'number')
    throw new Error(`Expected a number in ${key}.`);
  return (entry as { value: number }).value; // just looked at
}

/** The model with entries added, or put in the place of those of the same name. */
export function withMetadata(model: GgufModel, entries: Readonly<Record<string, Entry>>): GgufModel {
  return { ...model, metadata: new Map([...model.metadata, ...Object.entries(entries)]) };
}
