import type { Embedder } from '../cache/embedder.js';
import { readFeatures } from '../routing/features/features.js';
import type { Outcome } from '../routing/predictor/outcome.js';
import type { TrainingRow } from './training-rows.js';

/** Rows that wait for their embedding, and UTF-16 units of their texts: what is in memory at once. */
const most = { rows: 256, units: 8_000_000 };

/**
 * Reads the features of all rows, by route. Only numbers stay in memory.
 * @throws the embedder's error
 */
export async function readOutcomes(
  rows: AsyncIterable<TrainingRow>,
  embedder: Pick<Embedder, 'embed'> | undefined,
  onProgress: (outcomes: number) => void = () => {},
): Promise<ReadonlyMap<string, readonly Outcome[]>> {
  const outcomes = new Map<string, Outcome[]>();
  let waiting: TrainingRow[] = [];
  let [units, done] = [0, 0];
  const flush = async (): Promise<void> => {
    const embeddings = await embedder?.embed(waiting.map(({ turn }) => turn));
    for (const [index, { route, label, turn, context }] of waiting.entries()) {
      const { weak, strong, routed, propensity, audited } = label;
      const features = readFeatures(turn, embeddings?.[index]?.vector, context);
      const known = outcomes.get(route) ?? [];
      outcomes.set(route, known);
      known.push({ features, weak, strong, routed, propensity, audited });
    }
    done += waiting.length;
    [waiting, units] = [[], 0];
    onProgress(done);
  };
  for await (const row of rows) {
    waiting.push(row);
    units += row.turn.length;
    if (waiting.length >= most.rows || units >= most.units) await flush();
  }
  if (waiting.length > 0) await flush();
  return outcomes;
}
