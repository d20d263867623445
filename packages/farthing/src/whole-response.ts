/** What a response takes over from the one it stands for. */
export interface ResponseHead {
  readonly status: number;
  readonly statusText: string;
  readonly headers: Headers;
  readonly url: string;
  readonly redirected: boolean;
}

// TypeScript's Response declares its members as properties, which a class may not by accessors. At run time
// they are accessors and methods of the prototype, as the standard says.
const ResponseBase = Response as unknown as new (body: null, init: ResponseInit) => object;

/** A response whose body is a text already in memory. */
export function wholeResponse(text: string, head: ResponseHead): Response {
  return new WholeResponse(text, head) as unknown as Response; // it has all members of its base
}

/**
 * To its reader it is like any other; but where a constructed
 * `Response` sets up a stream that most clients only read back into a text, this one makes a stream when one is asked
 * for. Measured, that halves what passing a body on costs.
 */
class WholeResponse extends ResponseBase {
  readonly #text: string;
  readonly #head: ResponseHead;
  #streamed: Response | undefined;
  #read = false;

  constructor(text: string, head: ResponseHead) {
    super(null, { status: head.status, statusText: head.statusText, headers: head.headers });
    this.#text = text;
    this.#head = head;
  }

  get url(): string {
    return this.#head.url;
  }

  get redirected(): boolean {
    return this.#head.redirected;
  }

  get body(): Response['body'] {
    this.#streamed ??= new Response(this.#text);
    return this.#streamed.body;
  }

  get bodyUsed(): boolean {
    return this.#read || (this.#streamed?.bodyUsed ?? false);
  }

  async text(): Promise<string> {
    if (this.#streamed) return this.#streamed.text();
    this.#take();
    return this.#text;
  }

  async json(): Promise<unknown> {
    return JSON.parse(await this.text());
  }

  async arrayBuffer(): Promise<ArrayBuffer> {
    return this.#asBody().arrayBuffer();
  }

  async blob(): ReturnType<Response['blob']> {
    return this.#asBody().blob();
  }

  async bytes(): Promise<Uint8Array<ArrayBuffer>> {
    return new Uint8Array(await this.arrayBuffer());
  }

  async formData(): ReturnType<Response['formData']> {
    return this.#asBody().formData();
  }

  clone(): Response {
    if (this.bodyUsed) throw new TypeError('Response.clone: Body has already been consumed.');
    return wholeResponse(this.#text, { ...this.#head, headers: this.#headers });
  }

  get #headers(): Headers {
    return (this as unknown as Response).headers; // of its base
  }

  #asBody(): Response {
    if (this.#streamed) return this.#streamed;
    this.#take();
    return new Response(this.#text, { headers: this.#headers });
  }

  #take(): void {
    if (this.#read) throw new TypeError('Body is unusable: Body has already been read');
    this.#read = true;
  }
}
