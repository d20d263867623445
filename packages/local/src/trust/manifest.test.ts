import { createHash, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import {
  isSignedBy,
  keyIdOf,
  type Manifest,
  manifestPathOf,
  parseManifest,
  readManifest,
  signedBytes,
  signManifest,
} from './manifest.js';

const folder = mkdtempSync(join(tmpdir(), 'farthing-manifest-'));
afterAll(() => rmSync(folder, { recursive: true }));

const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const claims = {
  file: 'tiny.gguf',
  sizeBytes: 1234,
  sha256: 'ab'.repeat(32),
  quantization: 'Q4_K_M',
  licence: 'Apache-2.0',
  origin: 'https://example.com/tiny.gguf',
  signedAt: '2026-01-31T12:00:00.000Z',
};
const manifest = signManifest(claims, privateKey);
const parse = (value: unknown): Manifest =>
  parseManifest(typeof value === 'string' ? value : JSON.stringify(value), 'M');
const refusal = (value: unknown): string => {
  try {
    parse(value);
  } catch (error) {
    expect(error).toMatchObject({ name: 'LocalError', code: 'untrusted_model' });
    return error instanceof Error ? error.message : '';
  }
  return 'none';
};

test('a manifest comes back as it was signed', () => {
  const read = parse(JSON.stringify(manifest, undefined, 2));
  expect(read).toEqual({ ...claims, version: 1, keyId: keyIdOf(publicKey), signature: manifest.signature });
  expect(isSignedBy(read, publicKey)).toBe(true);
  expect(isSignedBy(read, generateKeyPairSync('ed25519').publicKey)).toBe(false);
});

test('what is signed is all that it says, in one order, under a name of its own', () => {
  const { signature, ...rest } = manifest;
  const text = signedBytes(rest).toString();
  expect(text.startsWith('farthing-local manifest v1\n{"file":"tiny.gguf","keyId":"')).toBe(true);
  expect(JSON.parse(text.slice(text.indexOf('\n')))).toEqual(rest);
  expect(signedBytes(parse(Object.fromEntries(Object.entries(manifest).reverse()))).toString()).toBe(text);
});

test('a key is named by its raw bytes', () => {
  const raw = publicKey.export({ type: 'spki', format: 'der' }).subarray(-32);
  const expected = createHash('sha256').update(raw).digest('hex').slice(0, 16);
  expect(keyIdOf(publicKey)).toBe(expected);
  expect(keyIdOf(privateKey)).toBe(expected);
  expect(keyIdOf(createPublicKey(privateKey))).toBe(expected);
});

/** Reads and checks as whoever loads a model does. */
function holds(value: unknown): boolean {
  try {
    return isSignedBy(parse(value), publicKey);
  } catch (error) {
    expect(error).toMatchObject({ code: 'untrusted_model' });
    return false;
  }
}

describe('no field can be changed', () => {
  const soundValues = {
    version: fc.constantFrom(0, 2, '1'),
    file: fc.string({ minLength: 1 }),
    sizeBytes: fc.nat(),
    sha256: fc.stringMatching(/^[0-9a-f]{64}$/),
    quantization: fc.constantFrom('Q4_0', 'Q8_0', 'F16', 'q4_k_m'),
    licence: fc.string({ minLength: 1 }),
    origin: fc.webUrl(),
    signedAt: fc.date({ noInvalidDate: true, min: new Date(0), max: new Date(4e12) }).map((date) => date.toISOString()),
    keyId: fc.stringMatching(/^[0-9a-f]{16}$/),
    signature: fc.uint8Array({ minLength: 64, maxLength: 64 }).map((bytes) => Buffer.from(bytes).toString('base64')),
  } satisfies Record<keyof Manifest, fc.Arbitrary<unknown>>;

  test.each(Object.entries(soundValues))('%s to another value', (field, values: fc.Arbitrary<unknown>) => {
    const before = manifest[field as keyof Manifest]; // they are its keys
    fc.assert(
      fc.property(fc.oneof(values, fc.jsonValue()), (value) => {
        fc.pre(JSON.stringify(value) !== JSON.stringify(before));
        expect(holds({ ...manifest, [field]: value })).toBe(false);
      }),
    );
    const { [field as keyof Manifest]: _, ...without } = manifest; // as above
    expect(holds(without)).toBe(false);
  });

  test('nor any character of the file, but spaces', () => {
    const text = JSON.stringify(manifest);
    for (let at = 0; at < text.length; at += 1)
      for (const other of ['A', 'b', '0', '+', '"', '\u0301']) {
        if (text[at] === other) continue;
        expect(holds(text.slice(0, at) + other + text.slice(at + 1)), `${at} to ${other}`).toBe(false);
      }
  });

  test('and no text but a manifest holds', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(holds(text)).toBe(false);
      }),
    );
  });

  test('nor signed bytes of other claims be the same', () => {
    const words = fc.string({ unit: 'binary' });
    const record = fc.record({ quantization: words, licence: words, origin: words });
    fc.assert(
      fc.property(record, record, (one, other) => {
        const { signature, ...rest } = manifest;
        const isSame = signedBytes({ ...rest, ...one }).equals(signedBytes({ ...rest, ...other }));
        expect(isSame).toBe(JSON.stringify(one) === JSON.stringify(other));
      }),
    );
  });
});

describe('what is wrong is said', () => {
  test.each<[unknown, RegExp]>([
    ['', /M to be JSON, got an empty file/],
    ['{"version": 1,', /M to be JSON, got text that is no JSON/],
    ['[]', /a JSON object, got another value/],
    ['null', /a JSON object/],
    [{ ...manifest, version: 2 }, /of version 1, got version 2\. Use a release/],
    [{ ...manifest, author: 'x', 'b\u001b[0m': 1 }, /fields that no manifest has: "author", "b\?\[0m"/],
    [`${JSON.stringify(manifest).slice(0, -1)},"__proto__":{}}`, /fields that no manifest has: "__proto__"/],
    [{ ...manifest, licence: undefined }, /lacks the field "licence"/],
    [{ ...manifest, sha256: 'AB'.repeat(32) }, /"sha256" of M is not as expected: 64 lower-case hex digits/],
    [{ ...manifest, sizeBytes: 1.5 }, /"sizeBytes" of M .*expected int/],
    [{ ...manifest, sizeBytes: 2 ** 60 }, /"sizeBytes" of M /],
    [{ ...manifest, file: '../tiny.gguf' }, /"file" of M .*a file name without a folder/],
    [{ ...manifest, licence: 'MIT\u001b[2J' }, /"licence" of M .*text without control characters/],
    [{ ...manifest, origin: 'somewhere' }, /"origin" of M .*a URL/],
    [{ ...manifest, signedAt: 'today' }, /"signedAt" of M .*a time such as/],
    [{ ...manifest, signature: 'AAAA' }, /"signature" of M .*64 bytes in base64/],
  ])('%j', (value, message) => expect(refusal(value)).toMatch(message));

  test('before it is signed, too', () => {
    expect(() => signManifest({ ...claims, origin: 'the web' }, privateKey)).toThrow(
      /"origin" of The manifest to be written/,
    );
  });
});

describe('the file beside a model', () => {
  const model = join(folder, 'tiny.gguf');
  const path = manifestPathOf(model);

  test('is read, or is not there', async () => {
    expect(await readManifest(join(folder, 'none.gguf'))).toBeUndefined();
    writeFileSync(path, JSON.stringify(manifest));
    expect(await readManifest(model)).toEqual(manifest);
  });

  test('is not read where it is of 1 GB', async () => {
    truncateSync(path, 2 ** 30); // a hole: it takes no room on the disk
    await expect(readManifest(model)).rejects.toThrow(/at most 65536 bytes, got a larger file, which was not read/);
  });

  test('has to be a file', async () => {
    rmSync(path);
    mkdirSync(path);
    await expect(readManifest(model)).rejects.toMatchObject({
      code: 'untrusted_model',
      message: expect.stringContaining('something that is no file'),
    });
  });
});

test.each([
  ['as it is', '"licence":"Other",'],
  ['in another spelling', '"l\\u0069cence" : "Other",'],
  ['with quotes in it', '"licence":"\\"Other\\": \\\\",'],
])('no field is there twice, %s', (_, more) => {
  // Both are read as the second one, which was signed.
  const text = JSON.stringify(manifest).replace('{', `{${more}`);
  expect(JSON.parse(text)).toEqual(manifest);
  expect(refusal(text)).toBe('M says a field twice. Fetch it again or sign the model anew.');
});

test('what looks like a field inside a text is none', () => {
  const odd = signManifest({ ...claims, licence: 'says "licence": no' }, privateKey);
  expect(parse(JSON.stringify(odd, undefined, 2))).toEqual(odd);
});
