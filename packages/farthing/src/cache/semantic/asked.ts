import type { Call } from '../../call.js';
import type { RewriteSystem } from '../../dialects/last-turn.js';
import { sha256 } from '../../platform.js';
import { canonical } from '../canonical.js';

/** What a call asks, apart from everything that must be equal for another answer to do. */
export interface Asked {
  /** The last user turn. */
  readonly text: string;
  /**
   * A hash of all else that can change the answer: credential, URL, tenant, headers, model, system prompt, earlier turns,
   * tools, format, sampling, and fields that nobody knows. Answers never cross it.
   */
  readonly context: string;
}

/** What the user lets be different between two calls that share an answer. Each is off unless it is said. */
export interface ContextOptions {
  /** Answers of one model may serve a call that names another. */
  readonly shareModels: boolean;
  /** Makes system prompts equal that differ in what does not matter, such as the time of day. */
  readonly rewriteSystem: RewriteSystem | undefined;
}

/** What a call asks; `undefined` where it does not end with words of the user. */
export function askedIn(call: Call, { shareModels, rewriteSystem }: ContextOptions): Asked | undefined {
  const turn = call.dialect.lastTurn(call.requested.body, rewriteSystem);
  if (!turn || turn.text.trim() === '') return undefined;
  const rest = shareModels ? { ...turn.rest, model: '' } : turn.rest;
  return { text: turn.text, context: sha256(`${call.scope}\n${call.dialect.name}\nsemantic\n${canonical(rest)}`) };
}
