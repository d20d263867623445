import { describeGguf } from '../gguf/describe-gguf.js';
import { readGgufHeader } from '../gguf/read-gguf-header.js';

/** How a model is quantized, as its head says, such as `Q4_K_M`. @throws LocalError `model_unavailable` */
export async function quantizationOf(path: string): Promise<string> {
  return describeGguf(await readGgufHeader(path)).quantization;
}
