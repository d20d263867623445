import { createHash } from 'node:crypto';
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keepBytes } from './graph-file.js';

const content = Buffer.from('the graph '.repeat(1000));
const sha256 = createHash('sha256').update(content).digest('hex');
let folder: string;
let made: number;

beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'farthing-')), 'cache');
  made = 0;
});
afterEach(() => rmSync(join(folder, '..'), { recursive: true, force: true }));

const keep = (bytes = content, at = folder) =>
  keepBytes({
    folder: at,
    name: 'model',
    sha256,
    make: async () => {
      made++;
      return bytes;
    },
  });
const theFile = (): string => {
  const files = readdirSync(folder);
  expect(files).toEqual([`model-${sha256.slice(0, 16)}.onnx`]);
  return join(folder, files[0] ?? '');
};

describe('keepBytes', () => {
  it('makes the bytes once, in a file for its owner alone', async () => {
    expect((await keep()).bytes.equals(content)).toBe(true);
    expect((await keep()).bytes.equals(content)).toBe(true);
    expect(made).toBe(1);
    if (process.platform === 'win32') return;
    expect(statSync(theFile()).mode & 0o777).toBe(0o600);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
  });

  it.each([
    ['torn', (path: string) => truncateSync(path, 5000)],
    ['empty', (path: string) => truncateSync(path, 0)],
    ['foreign', (path: string) => writeFileSync(path, Buffer.from('somebody else '.repeat(1000)))],
    [
      'changed in one bit',
      (path: string) =>
        writeFileSync(
          path,
          content.map((byte, at) => (at === 5000 ? byte ^ 1 : byte)),
        ),
    ],
  ])('does not use a file that is %s, and mends it', async (_, damage) => {
    await keep();
    damage(theFile());
    const { bytes } = await keep();
    expect([bytes.equals(content), made, readFileSync(theFile()).equals(content)]).toEqual([true, 2, true]);
  });

  it('never gives out, nor keeps, bytes that were made wrong', async () => {
    await expect(keep(Buffer.from('wrong'))).rejects.toThrow(/Expected to build model with SHA-256/);
    expect(() => readdirSync(folder)).toThrow();
  });

  it('is made by several at once without harm', async () => {
    const all = await Promise.all(Array.from({ length: 8 }, () => keep()));
    expect(all.every(({ bytes, unwritten }) => bytes.equals(content) && unwritten === undefined)).toBe(true);
    expect(readFileSync(theFile()).equals(content)).toBe(true);
  });

  it('serves without a folder that it can write to, and says why', async () => {
    const file = join(folder, '..', 'file');
    writeFileSync(file, '');
    const { bytes, unwritten } = await keep(content, join(file, 'cache'));
    expect([bytes.equals(content), unwritten]).toEqual([true, expect.stringMatching(/ENOTDIR|ENOENT|EEXIST/)]);
  });

  it('takes away what a dead process left half written, and nothing that another may be writing', async () => {
    await keep();
    const [old, young, other] = ['model-1-old.tmp', 'model-2-young.tmp', 'other.tmp'].map((name) => join(folder, name));
    for (const path of [old, young, other]) writeFileSync(path ?? '', 'half');
    for (const path of [old, other]) utimesSync(path ?? '', 1000, 1000);
    writeFileSync(join(folder, `model-${sha256.slice(0, 16)}.onnx`), 'torn');
    await keep();
    expect(new Set(readdirSync(folder))).toEqual(
      new Set([`model-${sha256.slice(0, 16)}.onnx`, 'model-2-young.tmp', 'other.tmp']),
    );
  });
});
