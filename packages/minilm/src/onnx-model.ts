/** The numbers that ONNX gives its element types. */
const elementTypes = { float32: 1, uint8: 2, int8: 3, int32: 6, int64: 7 } as const;

/** The element types that our graphs use. */
export type ElementType = keyof typeof elementTypes;

type Attribute = number | { readonly float: number } | readonly number[];
type Values = Float32Array | Uint8Array | Int8Array | Int32Array | BigInt64Array;

/** The optional parts of a node. */
export interface NodeOptions {
  readonly attributes?: Readonly<Record<string, Attribute>>;
  /** Where the operator is not one of ONNX's own. */
  readonly domain?: string;
}

/**
 * Writes an ONNX model: operators in order, constants, inputs and one output. Just enough of the format (protobuf, as in
 * onnx.proto3) for a graph that is built by hand.
 */
export class OnnxModel {
  readonly #nodes: Buffer[] = [];
  readonly #constants: Buffer[] = [];
  readonly #inputs: Buffer[] = [];
  #names = 0;

  /** Adds an operator with one output and returns the output's name; an empty name leaves an optional input out. */
  node(operator: string, inputs: readonly string[], options: NodeOptions = {}): string {
    const [output = ''] = this.nodes(operator, inputs, 1, options);
    return output;
  }

  /** Adds an operator with several outputs. */
  nodes(operator: string, inputs: readonly string[], outputs: number, options: NodeOptions = {}): readonly string[] {
    const names = Array.from({ length: outputs }, () => this.#name(operator));
    this.#add(operator, inputs, names, options);
    return names;
  }

  /** Adds numbers that never change and returns their name. */
  constant(shape: readonly number[], values: Values): string {
    const name = this.#name('constant');
    const raw = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
    this.#constants.push(
      field(
        5,
        Buffer.concat([
          ...shape.map((size) => number(1, size)),
          number(2, elementTypes[typeOf(values)]),
          field(8, name),
          field(9, raw),
        ]),
      ),
    );
    return name;
  }

  /** Adds what is given at each run; a dimension with a name may differ from run to run. */
  input(name: string, type: ElementType, shape: readonly (string | number)[]): string {
    this.#inputs.push(field(11, valueInfo(name, type, shape)));
    return name;
  }

  /** Names the output, and encodes the model; the bytes depend on nothing but what was added. */
  encode(output: { readonly name: string; readonly of: string; readonly shape: readonly (string | number)[] }): Buffer {
    this.#add('Identity', [output.of], [output.name], {});
    const graph = Buffer.concat([
      ...this.#nodes,
      field(2, 'graph'),
      ...this.#constants,
      ...this.#inputs,
      field(12, valueInfo(output.name, 'float32', output.shape)),
    ]);
    const operators = [
      ['', 17],
      ['com.microsoft', 1],
    ] as const;
    return Buffer.concat([
      number(1, 8),
      field(2, 'farthing'),
      field(7, graph),
      ...operators.map(([domain, version]) => field(8, Buffer.concat([field(1, domain), number(2, version)]))),
    ]);
  }

  #add(operator: string, inputs: readonly string[], outputs: readonly string[], options: NodeOptions): void {
    this.#nodes.push(
      field(
        1,
        Buffer.concat([
          ...inputs.map((name) => field(1, name)),
          ...outputs.map((name) => field(2, name)),
          field(4, operator),
          ...Object.entries(options.attributes ?? {}).map(([name, value]) => field(5, attribute(name, value))),
          ...(options.domain ? [field(7, options.domain)] : []),
        ]),
      ),
    );
  }

  #name(of: string): string {
    return `${of}_${this.#names++}`;
  }
}

function typeOf(values: Values): ElementType {
  if (values instanceof Float32Array) return 'float32';
  if (values instanceof Uint8Array) return 'uint8';
  if (values instanceof Int8Array) return 'int8';
  return values instanceof Int32Array ? 'int32' : 'int64';
}

function attribute(name: string, value: Attribute): Buffer {
  if (typeof value === 'number') return Buffer.concat([field(1, name), number(3, value), number(20, 2)]);
  if ('float' in value) return Buffer.concat([field(1, name), float(2, value.float), number(20, 1)]);
  return Buffer.concat([field(1, name), ...value.map((each) => number(8, each)), number(20, 7)]);
}

function valueInfo(name: string, type: ElementType, shape: readonly (string | number)[]): Buffer {
  const sizes = shape.map((size) => field(1, typeof size === 'number' ? number(1, size) : field(2, size)));
  const tensor = Buffer.concat([number(1, elementTypes[type]), field(2, Buffer.concat(sizes))]);
  return Buffer.concat([field(1, name), field(2, field(1, tensor))]);
}

function varint(value: bigint): Buffer {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value);
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return Buffer.from([...bytes, Number(rest)]);
}

function tag(id: number, wireType: number): Buffer {
  return varint(BigInt(id * 8 + wireType));
}

function number(id: number, value: number): Buffer {
  return Buffer.concat([tag(id, 0), varint(BigInt(value))]);
}

function float(id: number, value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return Buffer.concat([tag(id, 5), bytes]);
}

function field(id: number, content: Buffer | string): Buffer {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  return Buffer.concat([tag(id, 2), varint(BigInt(bytes.length)), bytes]);
}
