import { createRequire } from 'node:module';
import type * as Onnxruntime from 'onnxruntime-node';
import { openOnnxEngine } from './onnx-engine.js';
import type { EngineName } from './options.js';
import { type EmbedderWarning, fallbackWarning } from './warnings.js';
import { openWasmEngine } from './wasm-engine.js';
import type { Manifest } from './weights.js';
import type { Reading } from './word-piece.js';

/** What turns texts into vectors. */
export interface Engine {
  readonly name: EngineName;
  /** The texts' vectors, one after the other. */
  readonly embed: (texts: readonly string[], readings: readonly Reading[]) => Promise<Float32Array>;
}

/** What the process that embeds is started with. */
export interface EngineSettings {
  readonly engine: 'auto' | EngineName;
  readonly cacheDir: string;
  readonly threads: number;
}

/** Opens the engine that was asked for, or the best that works here. */
export async function openEngine(
  settings: EngineSettings,
  manifest: Manifest,
): Promise<{ readonly engine: Engine; readonly warnings: readonly EmbedderWarning[] }> {
  if (settings.engine === 'wasm') return { engine: await openWasmEngine(manifest), warnings: [] };
  let runtime: typeof Onnxruntime;
  try {
    runtime = createRequire(import.meta.url)('onnxruntime-node');
  } catch (error) {
    if (settings.engine === 'onnx') throw error;
    return { engine: await openWasmEngine(manifest), warnings: [fallbackWarning(messageOf(error))] };
  }
  const { engine, unwritten } = await openOnnxEngine(runtime, settings, manifest);
  const warnings: EmbedderWarning[] =
    unwritten === undefined
      ? []
      : [
          {
            code: 'embedder_cache',
            message: `The converted model could not be kept in ${settings.cacheDir}, so that each start takes seconds longer: ${unwritten}`,
          },
        ];
  return { engine, warnings };
}

/** The first line, without the stack of paths that a failed `require` adds. */
function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
}
