/** Any form of headers as a plain object: what every SDK takes. @throws TypeError for a wrong form, as the SDK would */
export function plainHeaders(headers: unknown): Record<string, string> {
  if (headers === undefined || headers === null) return {};
  // A plain object stays as it is: in an SDK, a header of `null` takes away one that the client would send.
  if (Object.getPrototypeOf(headers) === Object.prototype) return { ...(headers as Record<string, string>) };
  return Object.fromEntries(new Headers(headers as ConstructorParameters<typeof Headers>[0])); // checked by Headers itself
}
