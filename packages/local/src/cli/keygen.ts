import { generateKeyPairSync } from 'node:crypto';
import { access, rm, stat, writeFile } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { keyIdOf } from '../trust/manifest.js';
import { needed, readOptions } from './read-options.js';
import type { Terminal } from './terminal.js';

const usage = `farthing-local keygen --out DIR|PREFIX

Makes a pair of Ed25519 keys: PREFIX.private.pem signs models, PREFIX.public.pem says whom to trust.
In a folder that is there they are called farthing-local.private.pem and farthing-local.public.pem.`;

/** Makes a pair of keys; it writes over nothing. @returns the exit status. @throws UsageError */
export async function keygen(args: readonly string[], { print, tell }: Terminal): Promise<number> {
  const { values } = readOptions({
    args: [...args],
    options: { out: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
  });
  if (values.help) {
    print(usage);
    return 0;
  }
  const prefix = await prefixOf(needed('keygen', '--out DIR or PREFIX', values.out));
  const paths = { private: `${prefix}.private.pem`, public: `${prefix}.public.pem` };
  for (const path of Object.values(paths))
    if (await isThere(path)) {
      tell(`${path} is there already, and a key is never written over. Give another --out, or move it away.`);
      return 1;
    }
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  // `wx`: nor over one that came this moment.
  await writeFile(paths.private, privateKey.export({ type: 'pkcs8', format: 'pem' }), { flag: 'wx', mode: 0o600 });
  try {
    await writeFile(paths.public, publicKey.export({ type: 'spki', format: 'pem' }), { flag: 'wx', mode: 0o644 });
  } catch (error) {
    await rm(paths.private, { force: true });
    throw error;
  }
  print(
    `Made key ${keyIdOf(publicKey)}:\n  ${paths.private}  signs models: keep it to yourself and off the machines that run them\n  ${paths.public}  goes where models are run: trust: { keys: ['${paths.public}'] }`,
  );
  return 0;
}

async function prefixOf(out: string): Promise<string> {
  const isFolder = (await stat(out).catch(() => undefined))?.isDirectory() ?? false;
  return isFolder || out.endsWith('/') || out.endsWith(sep) ? join(out, 'farthing-local') : out;
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
