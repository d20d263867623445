import type { Call, Completion, Reply } from '../call.js';
import { outputTokens } from '../pricing/usage.js';

/**
 * What the time of an answer tells of its provider: until the first byte, against calls of its kind. `undefined` where it
 * tells nothing: errors, and a body that is no stream and trickles in, whose first byte is no part of the answer. Pure.
 *
 * The whole of an answer that is not streamed is generated before its first byte: such are compared by their output.
 * Streams are compared by their input.
 */
export function sampleOf(
  call: Pick<Call, 'bodyText' | 'requested'>,
  reply: Pick<Reply, 'response' | 'whole' | 'source'>,
  { firstChunkMs, usage }: Completion,
): { readonly kind: string; readonly firstByteMs: number } | undefined {
  if (firstChunkMs === undefined || !reply.response.ok || reply.source !== 'provider') return undefined;
  const { stream } = call.requested;
  if (!stream && !reply.whole) return undefined;
  const output = stream || !usage ? 0 : outputTokens(usage);
  const kind = stream ? 'stream' : output > 0 ? `output ${sizeOf(output)}` : 'whole';
  return { kind: output > 0 ? kind : `${kind} ${sizeOf(call.bodyText.length)}`, firstByteMs: firstChunkMs };
}

/** Sizes within a factor of two are alike. */
function sizeOf(count: number): number {
  return Math.round(Math.log2(count + 1));
}
