import { execFileSync } from 'node:child_process';
import { createHash, generateKeyPairSync } from 'node:crypto';
import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { hashFile } from './hash-file.js';
import { keyIdOf, manifestPathOf } from './manifest.js';
import { signModel } from './sign-model.js';
import { assertSameFile, createModelVerifier, verifyModel } from './verify-model.js';

const folder = mkdtempSync(join(tmpdir(), 'farthing trust '));
afterAll(() => rmSync(folder, { recursive: true }));

const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const other = generateKeyPairSync('ed25519');
const trust = { keys: [publicKey] };
/** Over several chunks, and not a whole number of them. */
const bytes = Buffer.from(Array.from({ length: 700_001 }, (_, index) => (index * 31 + (index >> 8)) & 0xff));
const hashOf = (data: Uint8Array): string => createHash('sha256').update(data).digest('hex');
const sha256 = hashOf(bytes);

let round = 0;
/** A model in a folder of its own. */
let model: string;
beforeEach(() => {
  round += 1;
  mkdirSync(join(folder, `round ${round}`));
  model = join(folder, `round ${round}`, 'tiny model.gguf');
  writeFileSync(model, bytes);
});

const sign = (path = model, key = privateKey) =>
  signModel(path, {
    privateKey: key,
    licence: 'MIT',
    origin: 'https://example.com/tiny',
    quantizationOf: async () => 'Q8_0',
    signedAt: new Date('2026-01-31T12:00:00Z'),
  });

async function refusalOf(
  path: string,
  how: Parameters<typeof verifyModel>[1] = trust,
  verify = verifyModel,
): Promise<string> {
  const error = await verify(path, how).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ name: 'LocalError', code: 'untrusted_model' });
  return error instanceof Error ? error.message : '';
}

describe('a signed model', () => {
  test('is taken, with all that was said of it', async () => {
    const signed = await sign();
    expect(signed.manifest).toMatchObject({
      file: 'tiny model.gguf',
      sizeBytes: bytes.length,
      sha256,
      quantization: 'Q8_0',
      signedAt: '2026-01-31T12:00:00.000Z',
      keyId: keyIdOf(publicKey),
    });
    const { identity, ...verified } = await verifyModel(model, trust);
    expect(verified).toEqual({ path: model, sha256, manifest: signed.manifest });
    expect(identity.size).toBe(BigInt(bytes.length));
    await assertSameFile(model, identity);
  });

  test('leaves a manifest that all may read, and nothing else', async () => {
    const mask = process.umask(0o077);
    try {
      await sign();
    } finally {
      process.umask(mask);
    }
    expect(statSync(manifestPathOf(model)).mode & 0o777).toBe(0o644);
    expect(readdirSync(join(model, '..')).sort()).toEqual(['tiny model.gguf', 'tiny model.gguf.manifest.json']);
  });

  test('may be signed anew', async () => {
    await sign(model, other.privateKey);
    await sign();
    expect(await verifyModel(model, trust)).toMatchObject({ sha256 });
  });

  test('is left without a manifest where that can’t be written', async () => {
    mkdirSync(manifestPathOf(model));
    await expect(sign()).rejects.toThrow();
    expect(readdirSync(join(model, '..')).sort()).toEqual(['tiny model.gguf', 'tiny model.gguf.manifest.json']);
  });

  test('is found through a link, beside which no manifest is', async () => {
    const link = join(folder, `link ${round}.gguf`);
    symlinkSync(model, link);
    await sign(link);
    expect(await verifyModel(link, trust)).toMatchObject({ path: model, sha256 });
  });

  test('is taken by any of several keys, as text, path or object', async () => {
    await sign();
    const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
    writeFileSync(join(folder, 'a.pem'), pem);
    for (const key of [pem, join(folder, 'a.pem'), publicKey])
      expect(await verifyModel(model, { keys: [other.publicKey, key] })).toMatchObject({ sha256 });
  });
});

describe('a model is refused', () => {
  test('without a manifest, with the two ways out', async () => {
    const message = await refusalOf(model);
    expect(message).toContain(`got none. Sign the model with \`npx farthing-local sign '${model}' --key`);
    expect(message).toContain("or set `trust: 'unsigned'` to run it all the same.");
  });

  test('with one byte flipped, wherever', async () => {
    await sign();
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.nat(7), async (at, bit) => {
        const altered = Buffer.from(bytes);
        altered[at] = (altered[at] ?? 0) ^ (1 << bit);
        writeFileSync(model, altered);
        expect(await refusalOf(model)).toMatch(/was altered or is damaged: expected sha256 .*, got [0-9a-f]{64}\./);
      }),
      { numRuns: 15 },
    );
    writeFileSync(model, bytes);
    expect(await verifyModel(model, trust)).toMatchObject({ sha256 });
  });

  test('cut off, or with more at its end', async () => {
    await sign();
    truncateSync(model, bytes.length - 1);
    expect(await refusalOf(model)).toMatch(/expected 700001 bytes, got 700000\. Fetch the file again/);
    appendFileSync(model, Buffer.alloc(2));
    expect(await refusalOf(model)).toMatch(/got 700002/);
  });

  test('signed by another key', async () => {
    await sign(model, other.privateKey);
    expect(await refusalOf(model)).toMatch(
      new RegExp(`key that is not trusted: expected ${keyIdOf(publicKey)}, got ${keyIdOf(other.publicKey)}`),
    );
    expect(await refusalOf(model, { keys: [] })).toMatch(/one of the keys \(none is given\)/);
  });

  test('signed by another key that takes the name of a trusted one', async () => {
    const { manifest } = await sign(model, other.privateKey);
    writeFileSync(manifestPathOf(model), JSON.stringify({ ...manifest, keyId: keyIdOf(publicKey) }));
    expect(await refusalOf(model)).toMatch(/was altered: its signature is not that of key/);
  });

  test('where its manifest speaks of another state of it', async () => {
    const { manifest } = await sign();
    writeFileSync(manifestPathOf(model), JSON.stringify({ ...manifest, licence: 'none' }));
    expect(await refusalOf(model)).toMatch(/was altered: its signature/);
  });

  test('renamed', async () => {
    await sign();
    const renamed = join(model, '..', 'huge.gguf');
    renameSync(model, renamed);
    renameSync(manifestPathOf(model), manifestPathOf(renamed));
    expect(await refusalOf(renamed)).toMatch(/is of another file: expected "huge.gguf", got "tiny model.gguf"/);
  });

  test('with a key that can’t be read, although another is good', async () => {
    await sign();
    expect(await refusalOf(model, { keys: [publicKey, join(folder, 'none.pem')] })).toMatch(/none\.pem, got no file/);
  });

  test.each(['none.gguf', '.'])('where there is no file: %s', async (name) => {
    for (const how of [trust, 'unsigned'] as const)
      await expect(verifyModel(join(model, '..', name), how)).rejects.toMatchObject({ code: 'model_unavailable' });
  });
});

test.skipIf(process.platform === 'win32')('a pipe is no file, and nobody waits for its writer', async () => {
  execFileSync('mkfifo', [manifestPathOf(model)]);
  expect(await refusalOf(model, 'unsigned')).toMatch(/something that is no file/);
  await expect(verifyModel(manifestPathOf(model), 'unsigned')).rejects.toMatchObject({ code: 'model_unavailable' });
});

describe("with 'unsigned', a model", () => {
  test('is taken without a manifest, and not hashed', async () => {
    const { identity, ...rest } = await verifyModel(model, 'unsigned');
    expect(rest).toEqual({ path: model });
    await assertSameFile(model, identity);
  });

  test('is taken with a manifest of anybody’s', async () => {
    await sign(model, other.privateKey);
    expect(await verifyModel(model, 'unsigned')).toMatchObject({
      sha256,
      manifest: { keyId: keyIdOf(other.publicKey) },
    });
  });

  test('is refused where it is not what its manifest says', async () => {
    await sign();
    const altered = Buffer.from(bytes).fill(0, 5, 6);
    writeFileSync(model, altered);
    expect(await refusalOf(model, 'unsigned')).toMatch(/was altered or is damaged/);
    writeFileSync(manifestPathOf(model), '{');
    expect(await refusalOf(model, 'unsigned')).toMatch(/to be JSON/);
  });
});

describe('between the check and the load', () => {
  /** Whole seconds, which can be set again to the nanosecond. */
  const time = 1_700_000_000;
  const verified = async () => {
    await sign();
    utimesSync(model, time, time);
    return verifyModel(model, trust);
  };

  test('a file in its place is seen, even of the same size and time', async () => {
    const { identity, path } = await verified();
    copyFileSync(model, `${model}.evil`);
    utimesSync(`${model}.evil`, time, time);
    renameSync(`${model}.evil`, model);
    await expect(assertSameFile(path, identity)).rejects.toMatchObject({
      code: 'untrusted_model',
      message: expect.stringContaining('was changed or replaced'),
    });
  });

  test('a write is seen, even with the time set back', async () => {
    const { identity, path } = await verified();
    const handle = await open(model, 'r+');
    await handle.write(Buffer.from('x'), 0, 1, 1000);
    await handle.close();
    utimesSync(model, time, time);
    await expect(assertSameFile(path, identity)).rejects.toMatchObject({ code: 'untrusted_model' });
  });

  test('a missing file is seen', async () => {
    const { identity, path } = await verified();
    renameSync(model, `${model}.away`);
    await expect(assertSameFile(path, identity)).rejects.toMatchObject({ code: 'untrusted_model' });
  });
});

test('a write while it is hashed is seen, however soon after the last one', async () => {
  writeFileSync(model, 'good');
  const { manifest } = await sign();
  const verify = createModelVerifier(async () => {
    writeFileSync(model, 'evil');
    return manifest.sha256;
  });
  for (let turn = 0; turn < 20; turn += 1) {
    writeFileSync(model, 'good');
    expect(await refusalOf(model, trust, verify)).toMatch(/was changed or replaced/);
  }
});

describe('a file is hashed once', () => {
  test('while it is the same', async () => {
    let hashed = 0;
    const verify = createModelVerifier((handle, signal) => {
      hashed += 1;
      return hashFile(handle, signal);
    });
    await sign();
    await verify(model, trust);
    const again = await verify(model, trust);
    expect([hashed, again.sha256]).toEqual([1, sha256]);
    writeFileSync(model, bytes);
    await verify(model, trust);
    expect(hashed).toBe(2);
    // What is remembered is the hash, not that it was right.
    const { manifest } = await sign();
    writeFileSync(manifestPathOf(model), JSON.stringify({ ...manifest, sha256: '0'.repeat(64) }));
    expect(await refusalOf(model, 'unsigned', verify)).toMatch(/was altered/);
    rmSync(manifestPathOf(model));
    expect(await refusalOf(model, trust, verify)).toMatch(/Nobody vouches/);
    expect(hashed).toBe(2);
  });

  test('an empty file too', async () => {
    truncateSync(model, 0);
    const { manifest } = await sign();
    expect(manifest.sha256).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
    expect(await verifyModel(model, trust)).toMatchObject({ manifest: { sizeBytes: 0 } });
  });

  test('the next time where it was stopped, which leaves no file open', async () => {
    await sign();
    const controller = new AbortController();
    const reason = new Error('enough');
    const verify = createModelVerifier((handle, signal) => {
      controller.abort(reason);
      return hashFile(handle, signal);
    });
    await expect(verify(model, trust, controller.signal)).rejects.toBe(reason);
    await expect(verifyModel(model, trust, AbortSignal.abort(reason))).rejects.toBe(reason);
    if (process.platform === 'linux') expect(openFiles()).not.toContain(model);
    expect(await verifyModel(model, trust)).toMatchObject({ sha256 });
  });
});

test('whatever the length, the hash is that of all bytes', async () => {
  const length = fc.oneof(fc.nat(600_000), fc.constantFrom(262_143, 262_144, 262_145, 524_288));
  await fc.assert(
    fc.asyncProperty(length, async (most) => {
      writeFileSync(model, bytes.subarray(0, most));
      const handle = await open(model);
      const hash = await hashFile(handle).finally(() => handle.close());
      expect(hash).toBe(hashOf(readFileSync(model)));
    }),
    { numRuns: 20 },
  );
});

/** Where the descriptors of this process lead; Linux alone. */
function openFiles(): string[] {
  return readdirSync('/proc/self/fd').flatMap((descriptor) => {
    try {
      return [readlinkSync(`/proc/self/fd/${descriptor}`)];
    } catch {
      return []; // the one that the folder was read by
    }
  });
}
