import { stat } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { describeGguf } from './gguf/describe-gguf.js';
import { freeMemory } from './gguf/free-memory.js';
import { adviseMemory } from './gguf/memory-advice.js';
import { estimateMemory } from './gguf/memory-estimate.js';
import { readGgufHeader } from './gguf/read-gguf-header.js';
import { LocalError } from './local-error.js';
import { type FilePlan, type Trust, usualContext } from './local-options.js';
import { identityOf, identityText } from './trust/file-identity.js';
import { changed } from './trust/model-file.js';
import { assertSameFile, verifyModel } from './trust/verify-model.js';

/** What is known of a file before it is loaded. */
export interface PreparedModel {
  /** The file itself, behind any links. */
  readonly path: string;
  readonly contextTokens: number;
  /** Throws if the file is not the one that was checked. */
  readonly checkAgain: () => Promise<void>;
}

/**
 * Looks at a model file before anything native does: what it is, whether it fits into what memory is free, and who vouches for it.
 * @param reservedBytes memory that other models will still take
 * @throws LocalError
 */
export async function prepareModel(
  { path, contextTokens: wanted, checkMemory }: FilePlan,
  { slots, trust, reservedBytes }: { readonly slots: number; readonly trust: Trust; readonly reservedBytes: number },
  signal: AbortSignal,
): Promise<PreparedModel> {
  // What is wrong with the file is said when its head is read.
  const before = await stat(path, { bigint: true }).catch(() => undefined);
  const facts = describeGguf(await readGgufHeader(path));
  const contextTokens = contextOf(wanted, facts.contextLength);
  const settings = { contextTokens, slots };
  const advice = checkMemory ? adviseMemory(facts, settings, freeMemory() - reservedBytes) : undefined;
  if (advice !== undefined) {
    const mayFitLater = estimateMemory(facts, settings).total <= totalmem();
    throw new LocalError('insufficient_memory', `${advice} \`checkMemory: false\` loads it all the same.`, {
      ...(mayFitLater && { retryAfterSeconds: 5 }),
    });
  }
  const verified = await verifyModel(path, trust, signal);
  // Else memory was reckoned for another file than the one that is loaded.
  if (!before || identityText(identityOf(before)) !== identityText(verified.identity)) throw changed(verified.path);
  return { path: verified.path, contextTokens, checkAgain: () => assertSameFile(verified.path, verified.identity) };
}

/** What the context of a model takes once it is used, in bytes. @throws LocalError */
export async function contextBytes({ path, contextTokens }: FilePlan, slots: number): Promise<number> {
  const facts = describeGguf(await readGgufHeader(path));
  return estimateMemory(facts, { contextTokens: contextOf(contextTokens, facts.contextLength), slots }).cache;
}

function contextOf(wanted: number | undefined, trained: number): number {
  if (wanted === undefined) return Math.min(usualContext, trained);
  if (wanted > trained)
    throw new LocalError(
      'model_unavailable',
      `Expected \`contextTokens\` to be at most ${trained}, for which the model was trained, got ${wanted}.`,
    );
  return wanted;
}
