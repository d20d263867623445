import { type Features, readFeatures } from '../../packages/farthing/src/routing/features/features.js';
import type { Outcome } from '../../packages/farthing/src/routing/predictor/outcome.js';
import { embedAll, embedderOf } from '../questions.js';

/** One line of a file: how good the answers of two targets to a prompt were. Its `benchmark` is a scope. */
export interface Row {
  readonly benchmark: string;
  readonly prompt: string;
  readonly weak_score: number;
  readonly strong_score: number;
}

/** A row and what the router knows of it. */
export interface Known {
  readonly row: Row;
  readonly features: Features;
}

/** Reads the features of all rows, with embeddings unless the embedder is `none`; says on stderr how far it is. */
export async function readKnown(rows: readonly Row[], embedderName: string): Promise<Known[]> {
  if (embedderName === 'none') return rows.map((row) => ({ row, features: readFeatures(row.prompt) }));
  const embedder = embedderOf(embedderName);
  const known: Known[] = [];
  for (let from = 0; from < rows.length; from += 1024) {
    const part = rows.slice(from, from + 1024);
    const embeddings = await embedAll(
      embedder,
      part.map((row) => row.prompt),
    );
    for (const row of part) known.push({ row, features: readFeatures(row.prompt, embeddings.get(row.prompt)?.vector) });
    console.error(`embedded ${known.length} of ${rows.length}`);
  }
  await embedder.close?.();
  return known;
}

/** The rows of each scope. */
export function byScope(rows: readonly Known[]): Map<string, Known[]> {
  const scopes = new Map<string, Known[]>();
  for (const known of rows) {
    const scope = scopes.get(known.row.benchmark);
    if (scope) scope.push(known);
    else scopes.set(known.row.benchmark, [known]);
  }
  return scopes;
}

/** A row as an audited call: both answers were seen. */
export function outcomeOf({ row, features }: Known): Outcome {
  return {
    features,
    weak: row.weak_score,
    strong: row.strong_score,
    routed: 'strong',
    propensity: 1,
    audited: true,
  };
}
