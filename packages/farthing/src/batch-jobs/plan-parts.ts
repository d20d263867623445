import type { BatchDoor } from './batch-door.js';

/** A request that waits to be sent, by its place. */
export interface Waiting {
  readonly index: number;
  readonly model: string;
  /** Its body, in bytes. */
  readonly bytes: number;
  /** How many texts it asks to embed; 1 for all else. */
  readonly inputs: number;
}

/** What a provider's batch takes, or less where the user says so. */
export interface PartLimits {
  readonly requests: number;
  readonly bytes: number;
  readonly inputs: number;
  readonly oneModel: boolean;
}

/** What a line takes beside the request's body: id, endpoint, punctuation. */
const lineBytes = 160;

/** @param most of the user's own, which never lifts the provider's */
export function limitsOf(door: BatchDoor, most: { readonly requests?: number; readonly bytes?: number }): PartLimits {
  return {
    requests: Math.min(door.limits.requests, most.requests ?? door.limits.requests),
    bytes: Math.min(door.limits.bytes, most.bytes ?? door.limits.bytes),
    inputs: door.limits.embeddingInputs,
    oneModel: door.oneModelPerPart,
  };
}

/**
 * Divides requests into parts that their provider takes, in order. A request that is larger than a part by itself is
 * sent alone: the provider's own word on it is the better one. Pure.
 */
export function planParts(waiting: Iterable<Waiting>, limits: PartLimits): readonly (readonly number[])[] {
  const parts: number[][] = [];
  const open = new Map<string, { readonly part: number[]; bytes: number; inputs: number }>();
  for (const { index, model, bytes, inputs } of waiting) {
    const key = limits.oneModel ? model : '';
    const size = bytes + lineBytes;
    let filling = open.get(key);
    const fits =
      filling &&
      filling.part.length < limits.requests &&
      filling.bytes + size <= limits.bytes &&
      filling.inputs + inputs <= limits.inputs;
    if (!filling || !fits) {
      filling = { part: [], bytes: 0, inputs: 0 };
      parts.push(filling.part);
      open.set(key, filling);
    }
    filling.part.push(index);
    filling.bytes += size;
    filling.inputs += inputs;
  }
  return parts;
}
