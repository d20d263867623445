/** What gives scores and verdicts their meaning. Evidence about one source says nothing about another. */
export interface EvidenceSource {
  /** The space of the embedder, and which cosine makes a candidate of two questions in it. */
  readonly embedder: string;
  /** The version of the guard. */
  readonly guard: number;
  /** Own judges are not told apart: that one is the same is the user's to see to. */
  readonly judge: 'own' | 'default';
  /** Whose answers may meet. */
  readonly scope: string;
}

/** What two sources differ in. */
export type SourcePart = keyof EvidenceSource;

const parts: readonly SourcePart[] = ['embedder', 'guard', 'judge', 'scope'];

/** A source as one text: evidence is kept under it, and begins anew when it changes. */
export function fingerprintOf(source: EvidenceSource): string {
  return JSON.stringify(parts.map((part) => source[part]));
}

/** The first part in which two sources differ; `undefined` where what is known about one holds for the other. */
export function differenceOf(one: EvidenceSource, other: EvidenceSource): SourcePart | undefined {
  return parts.find((part) => one[part] !== other[part]);
}
