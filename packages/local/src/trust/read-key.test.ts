import { createPublicKey, createSecretKey, generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { keyIdOf } from './manifest.js';
import { type KeySource, readPrivateKey, readPublicKey } from './read-key.js';

const folder = mkdtempSync(join(tmpdir(), 'farthing keys '));
afterAll(() => rmSync(folder, { recursive: true }));

const pair = generateKeyPairSync('ed25519');
const publicPem = pair.publicKey.export({ type: 'spki', format: 'pem' }).toString();
const privatePem = pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const inside = privatePem.split('\n')[1] ?? '';
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const write = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};

async function refusalOf(reading: Promise<unknown>): Promise<string> {
  const error = await reading.catch((reason: unknown) => reason);
  expect(error).toMatchObject({ name: 'LocalError', code: 'untrusted_model' });
  const message = error instanceof Error ? error.message : '';
  expect(message).not.toContain(inside);
  return message;
}

test('a key may be text, a file, or read already', async () => {
  for (const source of [publicPem, write('a.public.pem', publicPem), pair.publicKey])
    expect(keyIdOf(await readPublicKey(source))).toBe(keyIdOf(pair.publicKey));
  for (const source of [privatePem, write('a.private.pem', privatePem), pair.privateKey])
    expect(keyIdOf(createPublicKey(await readPrivateKey(source)))).toBe(keyIdOf(pair.publicKey));
});

describe('what is no such key is named', () => {
  const encrypted = pair.privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' });
  test.each<[string, KeySource, RegExp]>([
    [
      'RSA',
      rsa.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
      /public key as PEM text, got one of type rsa\./,
    ],
    ['RSA of the old form', rsa.publicKey.export({ type: 'pkcs1', format: 'pem' }).toString(), /type rsa/],
    ['RSA that is read already', rsa.publicKey, /type rsa/],
    ['EC', generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey, /type ec/],
    ['X25519', generateKeyPairSync('x25519').publicKey, /type x25519/],
    ['a private key', privatePem, /got a private key \(keep it/],
    ['a private key that is read already', pair.privateKey, /got a private key/],
    ['a secret', createSecretKey(Buffer.alloc(32)), /got a secret key/],
    ['an encrypted one', encrypted.toString(), /got an encrypted private key/],
    ['two', publicPem + publicPem, /got 2 PEM blocks/],
    ['a certificate', publicPem.replaceAll('PUBLIC KEY', 'CERTIFICATE'), /a PEM block of CERTIFICATE/],
    ['a broken block', publicPem.replace('MCow', 'AAAA'), /a broken PEM block/],
    ['half a block', publicPem.slice(0, 40), /a broken PEM block/],
    ['no file', join(folder, 'none.pem'), /none\.pem, got no file\..*keygen/],
    ['a folder', folder, /got something that is no file/],
    ['the inside of a key', inside, /\(not shown, as it looks like a key\), got no file/],
  ])('%s', async (_, source, message) => expect(await refusalOf(readPublicKey(source))).toMatch(message));

  test('in a file', async () => {
    expect(await refusalOf(readPublicKey(write('b.pem', 'hello')))).toMatch(/b\.pem, got text that is no PEM/);
    expect(await refusalOf(readPublicKey(write('c.pem', privatePem)))).toMatch(/c\.pem, got a private key/);
    expect(await refusalOf(readPublicKey(write('d.pem', publicPem.padEnd(70_000))))).toMatch(/more than 65536 bytes/);
  });

  test('where a private key is wanted', async () => {
    expect(await refusalOf(readPrivateKey(publicPem))).toMatch(/Ed25519 private key as PEM text, got a public key/);
    expect(await refusalOf(readPrivateKey(rsa.privateKey))).toMatch(/type rsa/);
    expect(await refusalOf(readPrivateKey(privatePem.replace('MC4', 'AAA')))).toMatch(/broken/);
  });
});
