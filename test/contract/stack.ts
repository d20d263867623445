import type Anthropic from '@anthropic-ai/sdk';
import type { Gate } from 'farthing';
import type OpenAI from 'openai';

/** Where the provider is, and how a client should behave. */
export interface Base {
  readonly url: string;
  readonly apiKey?: string;
  /** @default 0 */
  readonly maxRetries?: number;
  readonly timeoutMs?: number;
  /** The fetch underneath. A gate for a stack whose door is `fetch` has to be made over the same one. */
  readonly fetch?: typeof globalThis.fetch;
  /** openai 4 without the gate: what it uploads only the fetch it brings along can send. */
  readonly ownFetch?: true;
  /** What the application adds to every `init` of fetch, by whatever name the stack has for it. */
  readonly requestInit?: Record<string, unknown>;
  readonly defaultHeaders?: Record<string, string>;
}

/** What one request may say of itself. `gate.options` makes such an object. */
export interface Asking {
  readonly headers?: Record<string, string>;
  readonly signal?: AbortSignal;
}

/** The same for a stream. */
export interface Streaming extends Asking {
  /** Break off after the first piece. */
  readonly stop?: boolean;
  readonly onPiece?: () => void;
}

/** What every stack can do. */
export interface Client {
  /** The object that the application holds. */
  readonly held: object;
  /** Asks one question; the text of the answer. */
  readonly ask: (prompt: string, asking?: Asking) => Promise<string>;
  /** Asks one question; all that the stack tells of the answer. */
  readonly value: (prompt: string) => Promise<unknown>;
  /** Asks one question; the pieces of the answer. */
  readonly stream: (prompt: string, streaming?: Streaming) => Promise<readonly string[]>;
  /** What the stack knows of a stream once it has ended, where that is more than its pieces. */
  readonly streamEnd?: (prompt: string) => Promise<unknown>;
  /** An answer in the shape of a schema. */
  readonly structured?: (prompt: string) => Promise<unknown>;
  /** A question that takes a call of the tool `weather` and a second turn to answer. */
  readonly useTool?: (prompt: string) => Promise<unknown>;
  /** The SDK's own surface, where the application has it in its hands. Majors differ, their types are newest's. */
  readonly openai?: OpenAI;
  readonly anthropic?: Anthropic;
}

/** One client stack that the gate promises to leave as it is. */
export interface Stack {
  readonly name: string;
  readonly family: 'openai' | 'azure' | 'langfuse' | 'instructor' | 'anthropic' | 'vercel' | 'langchain' | 'agents';
  readonly api: 'chat' | 'responses' | 'messages';
  /** Whether one request can carry headers of its own, and so options of the gate; else they come by `gate.run`. */
  readonly takesHeaders: boolean;
  /** Makes the stack's client; without a gate, bare. */
  readonly make: (base: Base, gate: Gate | undefined) => Client;
}

export const model = 'gpt-4.1-nano';
export const claude = 'claude-haiku-4-5';
/** As little as keeps the answers of the loopback provider whole. */
export const maxTokens = 90;
