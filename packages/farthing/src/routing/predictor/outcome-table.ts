import { denseNames } from '../features/dense.js';
import type { Outcome } from './outcome.js';

/** Outcomes as columns of numbers: what a file holds. No text is in it, but hashes of its words and passages are. */
export interface OutcomeTable {
  readonly count: number;
  readonly dense: Float32Array;
  readonly gramEnds: Uint32Array;
  readonly gramColumns: Uint32Array;
  readonly gramCounts: Uint16Array;
  readonly passageEnds: Uint32Array;
  readonly passages: Uint32Array;
  /** Length of each embedding, 0 for none. */
  readonly embeddingLengths: Uint16Array;
  readonly embeddings: Int8Array;
  readonly embeddingScales: Float32Array;
  readonly weak: Float32Array;
  readonly strong: Float32Array;
  readonly propensity: Float32Array;
  /** 1: routed to strong; 2: audited. */
  readonly flags: Uint8Array;
}

/** An embedding in steps of 1/127 of its largest part: rounded so, it is stored in a quarter of the bytes without loss. */
export function rounded(embedding: Float32Array): Float32Array {
  const scale = scaleOf(embedding);
  return embedding.map((value) => (scale === 0 ? 0 : Math.round(value / scale) * scale));
}

/** Outcomes, whose embeddings were `rounded`, as a table. */
export function tableOf(outcomes: readonly Outcome[]): OutcomeTable {
  const all = outcomes.map(({ features }) => features);
  return {
    count: outcomes.length,
    dense: joined(
      Float32Array,
      all.map((features) => features.dense),
    ),
    gramEnds: ends(all.map((features) => features.grams.columns.length)),
    gramColumns: joined(
      Uint32Array,
      all.map((features) => features.grams.columns),
    ),
    gramCounts: joined(
      Uint16Array,
      all.map((features) => features.grams.counts),
    ),
    passageEnds: ends(all.map((features) => features.passages.length)),
    passages: joined(
      Uint32Array,
      all.map((features) => features.passages),
    ),
    embeddingLengths: Uint16Array.from(all, (features) => features.embedding?.length ?? 0),
    embeddings: joined(
      Int8Array,
      all.map(({ embedding }) => (embedding ? steps(embedding) : [])),
    ),
    embeddingScales: Float32Array.from(all, ({ embedding }) => (embedding ? scaleOf(embedding) : 0)),
    weak: Float32Array.from(outcomes, ({ weak }) => weak ?? Number.NaN),
    strong: Float32Array.from(outcomes, ({ strong }) => strong ?? Number.NaN),
    propensity: Float32Array.from(outcomes, ({ propensity }) => propensity),
    flags: Uint8Array.from(outcomes, ({ routed, audited }) => (routed === 'strong' ? 1 : 0) + (audited ? 2 : 0)),
  };
}

/** The outcomes of a table. */
export function outcomesOf(table: OutcomeTable): Outcome[] {
  let [gram, passage, embedded] = [0, 0, 0];
  return Array.from({ length: table.count }, (_, index): Outcome => {
    const [gramFrom, passageFrom, embeddedFrom] = [gram, passage, embedded];
    gram = table.gramEnds[index] ?? 0;
    passage = table.passageEnds[index] ?? 0;
    embedded += table.embeddingLengths[index] ?? 0;
    const scale = table.embeddingScales[index] ?? 0;
    const flags = table.flags[index] ?? 0;
    return {
      features: {
        dense: table.dense.slice(index * denseNames.length, (index + 1) * denseNames.length),
        grams: {
          columns: table.gramColumns.slice(gramFrom, gram),
          counts: table.gramCounts.slice(gramFrom, gram),
        },
        passages: table.passages.slice(passageFrom, passage),
        embedding:
          embedded === embeddedFrom
            ? undefined
            : Float32Array.from(table.embeddings.subarray(embeddedFrom, embedded), (step) => step * scale),
      },
      weak: known(table.weak[index]),
      strong: known(table.strong[index]),
      propensity: table.propensity[index] ?? 1,
      routed: flags & 1 ? 'strong' : 'weak',
      audited: (flags & 2) !== 0,
    };
  });
}

const single = new Float32Array(1);
const bits = new Uint32Array(single.buffer);

/** One step; its last bits are 0, so that 127 of it are exact in a single float and rounding twice changes nothing. */
function scaleOf(embedding: Float32Array): number {
  let most = 0;
  for (const value of embedding) most = Math.max(most, Math.abs(value));
  single[0] = most / 127;
  bits[0] = (bits[0] ?? 0) & ~0xff;
  return single[0] ?? 0;
}

function steps(embedding: Float32Array): number[] {
  const scale = scaleOf(embedding);
  return Array.from(embedding, (value) => (scale === 0 ? 0 : Math.round(value / scale)));
}

function known(value: number | undefined): number | undefined {
  return value === undefined || Number.isNaN(value) ? undefined : value;
}

function ends(lengths: readonly number[]): Uint32Array {
  let end = 0;
  return Uint32Array.from(lengths, (length) => {
    end += length;
    return end;
  });
}

function joined<Whole extends { set(part: ArrayLike<number>, at: number): void }>(
  kind: new (length: number) => Whole,
  parts: readonly ArrayLike<number>[],
): Whole {
  const whole = new kind(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
