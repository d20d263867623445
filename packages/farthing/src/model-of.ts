import type { Call } from './call.js';

/**
 * The model that a call is billed for: the deployment in its path, which Azure goes by whatever the body says, or the
 * model in its body. `undefined` where the request leaves it to the server.
 */
export function modelOf({ url, dialect, body }: Pick<Call, 'url' | 'dialect' | 'body'>): string | undefined {
  const deployment = /\/deployments\/([^/?#]+)\//.exec(url)?.[1];
  return deployment === undefined ? dialect.model(body) : decoded(deployment);
}

/** A part of a path; one that is badly encoded as it stands: it is for the server to refuse. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
