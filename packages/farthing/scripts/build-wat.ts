/** Assembles the similarity kernel: `npx tsx packages/farthing/scripts/build-wat.ts`, after its text changed. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import wabt from 'wabt';

const folder = new URL('../src/cache/semantic/', import.meta.url);

/** The kernel's bytes, from its text. */
export async function assembleKernel(): Promise<Uint8Array> {
  const text = readFileSync(new URL('vector-kernel.wat', folder), 'utf8');
  const parsed = (await wabt()).parseWat('vector-kernel.wat', text, { simd: true });
  try {
    parsed.validate();
    return parsed.toBinary({}).buffer;
  } finally {
    parsed.destroy();
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const base64 = Buffer.from(await assembleKernel()).toString('base64');
  writeFileSync(
    new URL('vector-kernel.generated.ts', folder),
    `// Made from vector-kernel.wat by scripts/build-wat.ts: do not edit.\n/** WebAssembly, base64. */\nexport const vectorKernel =\n  '${base64}';\n`,
  );
}
