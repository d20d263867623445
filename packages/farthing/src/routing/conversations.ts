import { LRUCache } from 'lru-cache';
import { sha256 } from '../platform.js';
import type { WarmPrefix } from './affinity.js';

/** Where the earlier turns of a conversation went. */
export interface Place {
  /** The target that was chosen when it began, … */
  readonly chosen: string;
  /** … and the one that answered last: another one where the chosen one was down. */
  readonly target: string;
  readonly rank: number;
  readonly score: number | undefined;
  readonly isScored: boolean;
  /** Of the route's evidence when it was chosen. */
  readonly epoch: number;
  /** What that target's provider holds of it. */
  readonly warm: WarmPrefix | undefined;
}

/** Remembers where conversations are, so that a later turn need not be decided anew. In memory, and without their text. */
export interface Conversations {
  readonly placeOf: (conversation: string) => Place | undefined;
  readonly put: (conversation: string, place: Place) => void;
}

/** The oldest beyond so many are forgotten: their next turn is decided as if it opened one. */
const maxConversations = 10_000;

/** No conversation yet. */
export function createConversations(): Conversations {
  const places = new LRUCache<string, Place>({ max: maxConversations });
  return {
    placeOf: (conversation) => places.get(sha256(conversation)),
    put: (conversation, place) => {
      places.set(sha256(conversation), place);
    },
  };
}
