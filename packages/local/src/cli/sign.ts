import { stat } from 'node:fs/promises';
import { printable } from '../printable.js';
import { manifestPathOf } from '../trust/manifest.js';
import { signModel } from '../trust/sign-model.js';
import { quantizationOf } from './quantization-of.js';
import { needed, oneFile, readOptions } from './read-options.js';
import { tellOfHashing } from './tell-of-hashing.js';
import type { Terminal } from './terminal.js';
import { manifestFacts } from './verify.js';

const usage = `farthing-local sign FILE --key PRIVATE.pem --licence ID --origin URL

Vouches for a GGUF model: hashes it and writes FILE.manifest.json beside it, signed.

  --key PRIVATE.pem  the key to sign with, as \`farthing-local keygen\` makes it
  --licence ID       the model's licence, by SPDX where it has such an id: Apache-2.0
  --origin URL       where the model came from`;

/** Signs a model. @returns the exit status. @throws UsageError, LocalError */
export async function sign(args: readonly string[], { print, tell }: Terminal): Promise<number> {
  const one = { type: 'string' } as const;
  const { values, positionals } = readOptions({
    args: [...args],
    allowPositionals: true,
    options: { key: one, licence: one, origin: one, help: { type: 'boolean', short: 'h' } },
  });
  if (values.help) {
    print(usage);
    return 0;
  }
  const file = oneFile('sign', positionals);
  const key = needed('sign', '--key PRIVATE.pem', values.key);
  const licence = needed('sign', '--licence ID, such as Apache-2.0', values.licence);
  const origin = needed('sign', '--origin URL', values.origin);
  await warnOfOpenKey(key, tell);
  await tellOfHashing(file, tell);
  const { path, manifest } = await signModel(file, {
    privateKey: key,
    licence,
    origin,
    quantizationOf,
    signedAt: new Date(),
  });
  print(`Signed ${printable(path)}: ${printable(manifestPathOf(path))}\n${manifestFacts(manifest)}`);
  return 0;
}

async function warnOfOpenKey(path: string, tell: Terminal['tell']): Promise<void> {
  const stats = await stat(path).catch(() => undefined);
  if (process.platform !== 'win32' && stats?.isFile() && (stats.mode & 0o077) !== 0)
    tell(`${path} can be read by others than its owner: chmod 600 it.`);
}
