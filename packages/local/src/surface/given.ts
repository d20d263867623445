/** A record whose optional fields may also be null or undefined. */
type Loose<T> = { readonly [K in keyof T]: object extends Pick<T, K> ? T[K] | null | undefined : T[K] };

/** The fields that were given: null and undefined are left out. */
export function given<T extends object>(fields: Loose<T>): T {
  const kept = Object.entries(fields).filter(([, value]) => value !== undefined && value !== null);
  // Only optional fields of T can have been left out.
  return Object.fromEntries(kept) as T;
}
