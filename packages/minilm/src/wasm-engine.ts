import type { Engine } from './engine.js';
import { type Manifest, verifyModel } from './weights.js';

/** Opens the WebAssembly engine: the weights as they are, in single floats, one text after the other. */
export async function openWasmEngine(manifest: Manifest): Promise<Engine> {
  await verifyModel(manifest);
  const { createEmbedder } = await import('@lat.md/embed');
  const embedder = await createEmbedder({ model: manifest });
  const embed = async (texts: readonly string[]): Promise<Float32Array> => {
    const vectors: number[][] = [];
    // One at a time: given many, it starts threads that each load the model.
    for (const text of texts) vectors.push(...(await embedder.embed([text])));
    return Float32Array.from(vectors.flat());
  };
  await embed(['']); // it loads with the first text, and whether it does must be known before it is relied on
  return { name: 'wasm', embed };
}
