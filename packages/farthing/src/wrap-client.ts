/** What a client must offer to be wrapped: the public `withOptions` of the OpenAI and Anthropic SDKs. */
export interface WrappableClient {
  withOptions(options: { fetch: typeof globalThis.fetch }): unknown;
}

/** Makes a guarded fetch over another; the same one for the same `send`. */
export interface Guard {
  readonly over: (send: typeof globalThis.fetch | undefined, purpose?: 'call' | 'embedding') => typeof globalThis.fetch;
  readonly isGuarded: (fetch: unknown) => boolean;
  /** The fetch that a guarded one sends by; `undefined` for one that is not guarded. */
  readonly underneath: (fetch: typeof globalThis.fetch) => typeof globalThis.fetch | undefined;
}

const otherDoor = 'Pass the gate to the constructor instead: new Client({ fetch: gate.fetch }).';

/**
 * The same client, with every call going through the gate. A client that is wrapped already is returned as it is; one
 * that a tracer's Proxy stands before (langfuse) is not copied but guarded itself.
 *
 * @throws TypeError when the client has no `withOptions` (openai 4, other SDKs), or when its copy would not carry the
 *   gate's fetch (a subclass with a constructor of its own): its calls would go out unguarded.
 */
export function wrapClient<Client extends WrappableClient>(client: Client, guard: Guard): Client {
  const own = fetchOf(client);
  if (guard.isGuarded(own)) return client;
  if (typeof client?.withOptions !== 'function') {
    throw new TypeError(
      `gate.wrap: expected a client with withOptions() (openai >= 5, @anthropic-ai/sdk), got ${describe(client)}. ${otherDoor}`,
    );
  }
  const guarded = guard.over(own === globalThis.fetch ? undefined : own);
  if (isTraced(client)) return setInPlace(client, guarded);
  const copy = copyWith(client, guarded);
  if (fetchOf(copy) !== guarded || Object.getPrototypeOf(copy) !== Object.getPrototypeOf(client)) {
    throw new TypeError(
      `gate.wrap: expected the copy of ${describe(client)} to carry the gate's fetch, got one without it: its calls would go out unguarded. A subclass with its own constructor must pass its options on to super(). ${otherDoor}`,
    );
  }
  return copy as Client; // same prototype, checked above
}

/**
 * Whether a tracer's Proxy stands before the client: it then shows another fetch than the client holds. A copy would
 * leave the tracer behind, and the tracer would record the call of `withOptions` as one to a model.
 */
function isTraced(client: WrappableClient): boolean {
  return fetchOf(client) !== undefined && Reflect.get(client, 'fetch') !== fetchOf(client);
}

/** The fetch that a client sends by, without any gate; `undefined` where it brings none of its own. */
export function sendOf(client: unknown, guard: Guard): typeof globalThis.fetch | undefined {
  const own = fetchOf(client);
  return own === globalThis.fetch ? undefined : own && (guard.underneath(own) ?? own);
}

/**
 * A copy of a client that sends by another fetch.
 * @throws TypeError when the client has no `withOptions`, or its copy would not carry the fetch
 */
export function clientWith(client: unknown, fetch: typeof globalThis.fetch): unknown {
  const copying = client as Partial<WrappableClient> | null | undefined; // read as what may be none
  const copy = typeof copying?.withOptions === 'function' ? copyWith(copying as WrappableClient, fetch) : undefined; // has it
  if (fetchOf(copy) !== fetch)
    throw new TypeError(
      `gate.batch: expected a client with withOptions() (openai >= 5, @anthropic-ai/sdk), got ${describe(client)}.`,
    );
  return copy;
}

/** The client behind a Proxy gets the gate's fetch itself: nothing else keeps what stands before it. */
function setInPlace<Client extends WrappableClient>(client: Client, guarded: typeof globalThis.fetch): Client {
  if (!Reflect.set(client, 'fetch', guarded) || fetchOf(client) !== guarded) {
    throw new TypeError(
      `gate.wrap: expected the ${describe(client)} behind a wrapper to take the gate's fetch, got one that does not. Wrap it first, and then put the wrapper around what gate.wrap returns.`,
    );
  }
  return client;
}

function copyWith(client: WrappableClient, fetch: typeof globalThis.fetch): unknown {
  // Some releases of AzureOpenAI forget these two when they copy themselves.
  const { apiVersion, deploymentName } = client as { apiVersion?: unknown; deploymentName?: unknown }; // read as unknown
  const options = {
    fetch,
    ...(typeof apiVersion === 'string' && apiVersion !== '' && { apiVersion }),
    ...(typeof deploymentName === 'string' && { deployment: deploymentName }),
  };
  try {
    return client.withOptions(options);
  } catch (error) {
    throw new TypeError(
      `gate.wrap: expected ${describe(client)} to copy itself by withOptions(), but it threw ${error instanceof Error ? error.name : typeof error}. ${otherDoor}`,
      { cause: error },
    );
  }
}

/** The fetch that a client holds: a field of the SDKs that their types hide, read past any Proxy that intercepts it. */
function fetchOf(client: unknown): typeof globalThis.fetch | undefined {
  const found: unknown =
    typeof client === 'object' && client !== null
      ? Reflect.getOwnPropertyDescriptor(client, 'fetch')?.value
      : undefined;
  return typeof found === 'function' ? (found as typeof globalThis.fetch) : undefined; // a function in that field is its fetch
}

function describe(client: unknown): string {
  return typeof client === 'object' && client !== null ? (client.constructor?.name ?? 'an object') : String(client);
}
