import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  array,
  type Entry,
  randomModel,
  readGguf,
  smallModel,
  string,
  testModels,
  uint32,
  withMetadata,
  writeGguf,
} from '@farthing/testkit/gguf';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LocalError } from '../local-error.js';
import { readGgufHeader } from './read-gguf-header.js';

const folder = mkdtempSync(join(tmpdir(), 'farthing-header-'));
afterAll(() => rmSync(folder, { recursive: true }));
const path = join(folder, 'model.gguf');

/** A model with a head of about 1 KB. */
const tiny = {
  metadata: new Map<string, Entry>([
    ['general.architecture', string('llama')],
    ['general.alignment', uint32(32)],
    ['llama.block_count', uint32(1)],
    ['llama.attention.head_count_kv', array('uint32', [4, 2])],
    ['tokenizer.ggml.tokens', array('string', ['<s>', '</s>', 'a'])],
    ['tokenizer.ggml.scores', array('float32', [0, 0, 0])],
    ['general.size', { type: 'uint64', value: 2n ** 60n }],
  ]),
  tensors: [
    { name: 'token_embd.weight', dims: [32, 3], type: 'F16', data: new Uint8Array(192) },
    { name: 'output.weight', dims: [32, 3], type: 'Q8_0', data: new Uint8Array(102) },
  ],
} as const;

async function refusalOf(bytes: Uint8Array | string): Promise<string> {
  writeFileSync(path, bytes);
  const error = await readGgufHeader(path).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(LocalError);
  expect(error).toMatchObject({ code: 'model_unavailable' });
  return error instanceof Error ? error.message : '';
}

describe('a sound file', () => {
  test('says what stands before its weights', async () => {
    writeGguf(path, tiny);
    const header = await readGgufHeader(path);
    expect(header).toMatchObject({
      version: 3,
      alignment: 32,
      fileSize: readFileSync(path).length,
      tensors: [
        { name: 'token_embd.weight', dims: [32, 3], type: 'F16', offset: 0, bytes: 192 },
        { name: 'output.weight', dims: [32, 3], type: 'Q8_0', offset: 192, bytes: 102 },
      ],
    });
    expect(header.dataStart + 192 + 128).toBe(header.fileSize);
    expect(header.metadata.get('llama.attention.head_count_kv')).toEqual([4, 2]);
    expect(header.metadata.get('general.size')).toBe(2n ** 60n);
  });

  test('keeps the length of what is too long', async () => {
    const tokens = Array.from({ length: 50_000 }, (_, token) => `token ${token}`);
    writeGguf(
      path,
      withMetadata(tiny, {
        'tokenizer.ggml.tokens': array('string', tokens),
        'tokenizer.ggml.scores': array('float32', Array<number>(50_000).fill(1)),
        'tokenizer.huggingface.json': string('x'.repeat(3_000_000)),
        'z.last': string('here'),
      }),
    );
    const { metadata } = await readGgufHeader(path);
    expect(metadata.get('tokenizer.ggml.tokens')).toEqual({ skipped: 'array', length: 50_000 });
    expect(metadata.get('tokenizer.ggml.scores')).toEqual({ skipped: 'array', length: 50_000 });
    expect(metadata.get('tokenizer.huggingface.json')).toEqual({ skipped: 'string', length: 3_000_000 });
    expect(metadata.get('z.last')).toBe('here');
  });

  test('agrees with what the whole file says', async () => {
    const model = testModels(folder);
    const [header, whole] = [await readGgufHeader(model.path), readGguf(model.path)];
    expect(header.tensors.map(({ name, dims, type, bytes }) => ({ name, dims, type, bytes }))).toEqual(
      whole.tensors.map(({ name, dims, type, data }) => ({ name, dims, type, bytes: data.length })),
    );
    expect([...header.metadata.keys()]).toEqual([...whole.metadata.keys()]);
  });

  test('may be of version 2', async () => {
    writeGguf(path, tiny);
    const bytes = readFileSync(path);
    bytes.writeUInt32LE(2, 4);
    writeFileSync(path, bytes);
    expect((await readGgufHeader(path)).version).toBe(2);
  });
});

describe('what is no such file', () => {
  test.each([
    ['version https://git-lfs.github.com/spec/v1\noid sha256:00\n', /begins with 76657273696f6e20, a Git LFS pointer/],
    ['<!DOCTYPE html><html>', /an HTML page/],
    ['{"error":"Invalid username or password."}', /JSON/],
    ['PK\u0003\u0004 and so on', /a zip archive/],
    ['tjgg and so on', /before GGUF/],
    ['\u0001\u0002\u0003\u0004', /begins with 01020304\. Fetch/],
    ['GG', /begins with 4747/],
    ['', /it is empty/],
  ])('%j', async (text, message) => expect(await refusalOf(text)).toMatch(message));

  test('none', async () => {
    await expect(readGgufHeader(join(folder, 'none.gguf'))).rejects.toMatchObject({
      code: 'model_unavailable',
      message: expect.stringContaining('There is no file at'),
    });
  });
  test('a folder', async () => {
    await expect(readGgufHeader(folder)).rejects.toMatchObject({ message: expect.stringContaining('no file') });
  });

  test('another version, or the other order of bytes', async () => {
    writeGguf(path, tiny);
    const bytes = readFileSync(path);
    bytes.writeUInt32LE(1, 4);
    expect(await refusalOf(bytes)).toMatch(/version 2 or 3 .* got version 1\./);
    bytes.writeUInt32BE(3, 4);
    expect(await refusalOf(bytes)).toMatch(/big-endian file of version 3/);
  });
});

describe('a broken file', () => {
  let sound: Buffer;
  let dataStart: number;
  beforeAll(async () => {
    writeGguf(path, tiny);
    sound = readFileSync(path);
    dataStart = (await readGgufHeader(path)).dataStart;
  });
  const indexOf = (text: string): number => sound.indexOf(text) + text.length;

  test('says how many bytes of weights are missing', async () => {
    expect(await refusalOf(sound.subarray(0, dataStart + 192 + 102 - 7))).toMatch(
      /expected \d+ bytes, .* so 7 are mis/,
    );
  });

  test.each<[string, (bytes: Buffer) => void, RegExp]>([
    ['a count of tensors', (b) => b.writeBigUInt64LE(2n ** 50n, 8), /1125899906842624 tensors/],
    ['a count of entries', (b) => b.writeBigUInt64LE(2n ** 63n, 16), /number of entries is 9223372036854775808/],
    ['a key', (b) => b.writeBigUInt64LE(2n ** 40n, 24), /key of its metadata is 1099511627776 bytes/],
    ['an alignment', (b) => b.writeUInt32LE(48, indexOf('general.alignment') + 4), /alignment is 48/],
    ['a type', (b) => b.writeUInt32LE(99, indexOf('llama.block_count')), /"llama.block_count" .* unknown type, 99/],
    ['an array', (b) => b.writeBigUInt64LE(2n ** 52n, indexOf('tokenizer.ggml.scores') + 8), /is cut off/],
    ['an array of arrays', (b) => b.writeUInt32LE(9, indexOf('head_count_kv') + 4), /head_count_kv|cut off|over/],
    ['dimensions', (b) => b.writeUInt32LE(5, indexOf('output.weight')), /has 5 dimensions/],
    ['a dimension', (b) => b.writeBigUInt64LE(0n, indexOf('output.weight') + 12), /dimensions 32 × 0/],
    ['a huge dimension', (b) => b.writeBigUInt64LE(2n ** 52n, indexOf('output.weight') + 12), /dimensions 32 × 45035/],
    ['a row', (b) => b.writeBigUInt64LE(31n, indexOf('output.weight') + 4), /31, are no whole blocks of Q8_0/],
    ['a type of tensor', (b) => b.writeUInt32LE(4, indexOf('output.weight') + 20), /of type 4, which is unknown/],
    ['an offset', (b) => b.writeBigUInt64LE(191n, indexOf('output.weight') + 24), /lies at 191/],
    ['an overlap', (b) => b.writeBigUInt64LE(160n, indexOf('output.weight') + 24), /overlap/],
    ['an offset beyond the end', (b) => b.writeBigUInt64LE(2n ** 40n, indexOf('output.weight') + 24), /are missing/],
  ])('%s that cannot be', async (_, spoil, message) => {
    const bytes = Buffer.from(sound);
    spoil(bytes);
    expect(await refusalOf(bytes)).toMatch(message);
  });

  test('two of one name', async () => {
    const [first, second] = tiny.tensors;
    writeGguf(path, { ...tiny, tensors: [first, { ...second, name: first.name }] });
    expect(await refusalOf(readFileSync(path))).toMatch(/"token_embd.weight" twice/);
  });

  test('a head without end, of a file that has room for it', async () => {
    const bytes = Buffer.from(sound);
    bytes.writeBigUInt64LE(2n ** 40n, indexOf('tokenizer.ggml.scores') + 8);
    writeFileSync(path, bytes);
    truncateSync(path, 2 ** 43); // a hole: it takes no room on the disk
    await expect(readGgufHeader(path)).rejects.toMatchObject({ message: expect.stringContaining('larger than') });
  });

  test('cut off or spoilt anywhere, it is read or refused', async () => {
    const edit = fc.record({ at: fc.nat(), byte: fc.nat(255) });
    const cut = fc.option(fc.nat());
    await fc.assert(
      fc.asyncProperty(fc.array(edit, { maxLength: 4 }), cut, async (edits, length) => {
        const bytes = Buffer.from(sound);
        for (const { at, byte } of edits) bytes[at % dataStart] = byte;
        writeFileSync(path, length === null ? bytes : bytes.subarray(0, length % bytes.length));
        await readOrRefuse();
      }),
      { numRuns: 1000 },
    );
  });

  test('cut off at each byte, it is refused', async () => {
    for (let length = 0; length < dataStart; length += 1) await refusalOf(sound.subarray(0, length));
  });

  test('with each byte flipped, it is read or refused', async () => {
    for (let at = 0; at < dataStart; at += 1)
      for (const flip of [0x01, 0x80, 0xff]) {
        const bytes = Buffer.from(sound);
        bytes[at] = (bytes[at] ?? 0) ^ flip;
        writeFileSync(path, bytes);
        await readOrRefuse();
      }
  });

  async function readOrRefuse(): Promise<void> {
    const outcome = await readGgufHeader(path).catch((error: unknown) => error);
    if (outcome instanceof Error) {
      expect(outcome).toBeInstanceOf(LocalError);
      expect(outcome.message.length).toBeLessThan(1000);
    }
  }
});

test('the head of a model with a long tokenizer is read in chunks', async () => {
  writeGguf(path, randomModel({ ...smallModel, chatTemplate: 'x'.repeat(700_000) }));
  expect((await readGgufHeader(path)).metadata.get('tokenizer.chat_template')).toBe('x'.repeat(700_000));
});

describe('what steers a terminal is not in a message', () => {
  // Among them one of the C1 controls, which JSON leaves as they are, and one that turns the direction of text.
  const steering = 'a\u001b[2J\u009b2J\u202eb\u2028c';

  test('from a file', async () => {
    const twice = {
      ...tiny,
      tensors: [
        { ...tiny.tensors[0], name: steering },
        { ...tiny.tensors[0], name: steering },
      ],
    };
    writeGguf(path, twice);
    expect(await refusalOf(readFileSync(path))).toContain('it has the tensor "a?[2J?2J?b?c" twice');
  });

  test('from a path', async () => {
    const error = await readGgufHeader(join(folder, steering)).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'model_unavailable', message: expect.stringContaining('a?[2J?2J?b?c') });
  });
});

test.skipIf(process.platform === 'win32')('a pipe in the place of a file is not waited for', async () => {
  const pipe = join(folder, 'pipe.gguf');
  execFileSync('mkfifo', [pipe]);
  await expect(readGgufHeader(pipe)).rejects.toMatchObject({ message: expect.stringContaining('that is no file') });
});
