import { readable } from '../gguf/memory-advice.js';
import { printable } from '../printable.js';
import type { Manifest } from '../trust/manifest.js';
import { verifyModel } from '../trust/verify-model.js';
import { factLines } from './fact-lines.js';
import { needed, oneFile, readOptions } from './read-options.js';
import { tellOfHashing } from './tell-of-hashing.js';
import type { Terminal } from './terminal.js';

const usage = `farthing-local verify FILE --key PUBLIC.pem

Checks that a model is byte for byte what its manifest says, and that one of the keys signed that.

  --key PUBLIC.pem   whom to trust; repeat it for more`;

/** Verifies a model. @returns the exit status. @throws UsageError, LocalError */
export async function verify(args: readonly string[], { print, tell }: Terminal): Promise<number> {
  const { values, positionals } = readOptions({
    args: [...args],
    allowPositionals: true,
    options: { key: { type: 'string', multiple: true }, help: { type: 'boolean', short: 'h' } },
  });
  if (values.help) {
    print(usage);
    return 0;
  }
  const file = oneFile('verify', positionals);
  const keys = (values.key ?? ['']).map((key) => needed('verify', '--key PUBLIC.pem', key));
  await tellOfHashing(file, tell);
  const { path, manifest } = await verifyModel(file, { keys });
  print(
    `${printable(path)} is what its manifest says, and the signature is good.\n${manifest ? manifestFacts(manifest) : ''}`,
  );
  return 0;
}

/** What a manifest says, for people. */
export function manifestFacts(manifest: Manifest): string {
  const { sizeBytes, sha256, quantization, licence, origin, signedAt, keyId } = manifest;
  return factLines([
    ['signed by', `${keyId} at ${signedAt}`],
    ['sha256', sha256],
    ['size', `${readable(sizeBytes)} (${sizeBytes} bytes)`],
    ['quantization', quantization],
    ['licence', licence],
    ['origin', origin],
  ]);
}
