import type * as Onnxruntime from 'onnxruntime-node';
import type { Engine, EngineSettings } from './engine.js';
import { keepBytes } from './graph-file.js';
import { buildGraph, graphSha256 } from './minilm-graph.js';
import { type Manifest, readWeights } from './weights.js';
import type { Reading } from './word-piece.js';

const dimensions = 384;

/** Opens the converted model, converting it first where no earlier process has. */
export async function openOnnxEngine(
  { InferenceSession, Tensor }: typeof Onnxruntime,
  settings: EngineSettings,
  manifest: Manifest,
): Promise<{ readonly engine: Engine; readonly unwritten?: string }> {
  const { bytes, ...kept } = await keepBytes({
    folder: settings.cacheDir,
    name: 'minilm',
    sha256: graphSha256,
    make: async () => buildGraph(await readWeights(manifest)),
  });
  const session = await InferenceSession.create(bytes, {
    intraOpNumThreads: settings.threads,
    interOpNumThreads: 1,
    logSeverityLevel: 3,
  });

  const run = async (readings: readonly Reading[]): Promise<Float32Array> => {
    const pieces = Math.max(...readings.map(({ ids }) => ids.length));
    const shape = [readings.length, pieces];
    const [ids, mask] = [new BigInt64Array(readings.length * pieces), new Int32Array(readings.length * pieces)];
    readings.forEach((reading, row) => {
      reading.ids.forEach((id, at) => {
        ids[row * pieces + at] = BigInt(id);
      });
      mask.fill(1, row * pieces, row * pieces + reading.ids.length);
    });
    const results = await session.run({
      ids: new Tensor('int64', ids, shape),
      mask: new Tensor('int32', mask, shape),
    });
    return results['vectors']?.data as Float32Array; // the graph's only output, declared as such
  };

  const engine: Engine = {
    name: 'onnx',
    embed: async (_, readings) => {
      const vectors = new Float32Array(readings.length * dimensions);
      for (const group of groupByLength(readings)) {
        const found = await run(group.map(({ reading }) => reading));
        group.forEach(({ place }, row) => {
          vectors.set(found.subarray(row * dimensions, (row + 1) * dimensions), place * dimensions);
        });
      }
      return vectors;
    },
  };
  return { engine, ...kept };
}

interface Placed {
  readonly reading: Reading;
  readonly place: number;
}

/** Texts of about the same length go together: what a shorter one is filled up with takes as long as words do. */
export function groupByLength(readings: readonly Reading[]): readonly (readonly Placed[])[] {
  const groups: Placed[][] = [];
  let pieces = 0;
  const placed = readings.map((reading, place) => ({ reading, place }));
  for (const each of placed.sort((a, b) => a.reading.ids.length - b.reading.ids.length)) {
    const length = each.reading.ids.length;
    const group = groups.at(-1);
    if (group && length * (group.length + 1) <= 1.15 * (pieces + length)) {
      group.push(each);
      pieces += length;
    } else {
      groups.push([each]);
      pieces = length;
    }
  }
  return groups;
}
