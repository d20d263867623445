/**
 * What anything that runs a model can do: a native binding in a process of ours, or a server of somebody else's. All else
 * in this package (the HTTP surface, the queue, the pool, the cost) is written against this alone.
 */
export interface Engine {
  /** Where it computes, if that is not this machine: a gate holds residency and the air gap by it. */
  readonly baseURL?: string;
  /** Starts what has to be started and says what came of it. Asked again, it answers the same. @throws LocalError */
  readonly load: (signal?: AbortSignal) => Promise<EngineFacts>;
  /**
   * Runs one request. The last piece is `end`, and there is exactly one. Leaving the loop early, or `signal`, stops the work
   * and frees its slot at once. @throws LocalError
   */
  readonly generate: (request: Generation, signal: AbortSignal) => AsyncIterable<Piece>;
  /** One vector for each text, of one length, with Euclidean norm 1. @throws LocalError */
  readonly embed: (texts: readonly string[], signal: AbortSignal) => Promise<Embeddings>;
  /** How many tokens of context a prompt takes. @throws LocalError */
  readonly countTokens: (prompt: Prompt, signal: AbortSignal) => Promise<number>;
  /** Stops all work and gives back all memory; a later `load` starts anew. */
  readonly unload: () => Promise<void>;
}

/** What is known of an engine once it is loaded. */
export interface EngineFacts {
  /** Tokens that one request's prompt and answer may take together. */
  readonly contextTokens: number;
  /** Requests that run at once. */
  readonly slots: number;
  /** Threads that work on one step; absent where that is another machine's affair. */
  readonly threads?: number;
  /** Tokens per second that were measured at warm-up; absent where nothing was measured. */
  readonly speed?: { readonly promptTokensPerSecond: number; readonly outputTokensPerSecond: number };
}

/** What is to be continued. */
export type Prompt =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'chat'; readonly messages: readonly ChatMessage[]; readonly tools?: readonly Tool[] };

/** One turn of a conversation, in text. */
export type ChatMessage =
  | { readonly role: 'system' | 'user'; readonly content: string }
  | { readonly role: 'assistant'; readonly content: string; readonly toolCalls?: readonly ToolCall[] }
  | { readonly role: 'tool'; readonly toolCallId: string; readonly content: string };

/** A function that the model may call. */
export interface Tool {
  readonly name: string;
  readonly description?: string;
  /** The JSON schema of its arguments, an object. */
  readonly parameters?: JsonSchema;
}

/** A call that a model made. */
export interface ToolCall {
  readonly id: string;
  readonly name: string;
  /** JSON text. */
  readonly arguments: string;
}

export type JsonSchema = Readonly<Record<string, unknown>>;

/** Which of the tools has to be called: as the model likes, none, any, or the one of that name. */
export type ToolChoice = 'auto' | 'none' | 'required' | { readonly name: string };

/** One request. */
export interface Generation {
  readonly prompt: Prompt;
  /** @default what is left of the context */
  readonly maxTokens?: number;
  /** 0 is greedy. @default 0.8 */
  readonly temperature?: number;
  readonly topP?: number;
  readonly topK?: number;
  readonly minP?: number;
  /** The same seed, prompt and settings give the same answer on the same machine. */
  readonly seed?: number;
  /** The answer ends before the first of these. */
  readonly stop?: readonly string[];
  readonly frequencyPenalty?: number;
  readonly presencePenalty?: number;
  /** Added to the likelihood of tokens, by token number: −100 forbids. */
  readonly logitBias?: Readonly<Record<string, number>>;
  /** Tells the likelihood of each token, and of so many alternatives. */
  readonly logprobs?: number;
  /** Holds the answer to JSON, or to JSON of a schema. */
  readonly format?: { readonly kind: 'json' } | { readonly kind: 'schema'; readonly schema: JsonSchema };
  readonly toolChoice?: ToolChoice;
  /** The answer ends after so many calls of tools. */
  readonly maxToolCalls?: number;
}

/** What comes of a request, bit by bit. */
export type Piece =
  /** Visible text, and what the tokens in it were worth. */
  | { readonly kind: 'text'; readonly text: string; readonly logprobs?: readonly TokenLogprob[] }
  /** Text of a chain of thought. */
  | { readonly kind: 'reasoning'; readonly text: string }
  /** A whole call of a tool. */
  | { readonly kind: 'tool-call'; readonly call: ToolCall }
  | ({ readonly kind: 'end' } & Ending);

/** A token and its natural logarithm of likelihood, with the likeliest at its place. */
export interface TokenLogprob {
  readonly token: string;
  readonly logprob: number;
  readonly top: readonly { readonly token: string; readonly logprob: number }[];
}

/** How a request ended. */
export interface Ending {
  /** By itself, at a `stop`, at the limit of tokens or of the context, or with calls of tools. */
  readonly reason: 'end' | 'stop' | 'length' | 'tool-calls';
  /** The `stop` that ended it. */
  readonly stopped?: string;
  readonly promptTokens: number;
  /** Of the prompt's tokens those that did not have to be read again. */
  readonly cachedTokens: number;
  readonly outputTokens: number;
  /** Of the output's tokens those of a chain of thought. */
  readonly reasoningTokens: number;
  /** What the machine did for it; absent where that is another machine's affair. */
  readonly work?: Work;
}

/** A request's share of the machine: what ran beside it at a time has its own share, and all shares add up. */
export interface Work {
  /** Wall time over the number of requests under way, in milliseconds. */
  readonly machineMs: number;
  /** Processor time, in milliseconds. */
  readonly cpuMs: number;
}

export interface Embeddings {
  readonly vectors: readonly (readonly number[])[];
  readonly promptTokens: number;
  readonly work?: Work;
}
