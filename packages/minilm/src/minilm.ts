import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { cacheFolder } from './cache-folder.js';
import { createEngineProcess } from './engine-process.js';
import { checkOptions, type EngineName, type MinilmOptions } from './options.js';
import { createQueue } from './queue.js';
import { warnOnce } from './warnings.js';
import { weightsSha256 } from './weights.js';

/** What one call of `embed` may say. */
export interface EmbedOptions {
  readonly signal?: AbortSignal | undefined;
}

/** Where a text lies, and what of it the model did not see. */
export interface Embedding {
  /** 384 numbers, of length 1. */
  readonly vector: Float32Array;
  /**
   * The vector knows the text up to here, in UTF-16 units: `text.length`, or the end of the last word before the model's
   * limit of 256 word pieces, some 190 English words.
   */
  readonly readLength: number;
  /** Words before `readLength` that are one and the same "unknown" to the model, as they stand in the text: emoji, Thai … */
  readonly unreadWords: readonly string[];
}

/** all-MiniLM-L6-v2 in a process of its own; fits farthing's `Embedder`. */
export interface MinilmEmbedder {
  /** Model and weights. Both engines share it: their vectors of one sentence have a cosine of 0.998 (0.98 for the oddest). */
  readonly id: string;
  readonly dimensions: 384;
  /** Cosine below which two questions never share an answer. */
  readonly threshold: number;
  /** How much a cosine says beside the guard, in log-odds. */
  readonly scale: { readonly weight: number; readonly neutral: number; readonly full: number };
  /**
   * One embedding for each text, in order. Concurrent calls share batches and take turns.
   * @throws the signal's reason; an error for which `isEmbedderBusy` holds when too many texts wait; an Error that says
   * why the model can't be had.
   */
  readonly embed: (texts: readonly string[], options?: EmbedOptions) => Promise<readonly Embedding[]>;
  /** Starts and loads the model, so that the first call need not wait; resolves with the engine in use. */
  readonly ready: () => Promise<EngineName>;
  /** Ends the process. What waits is rejected, and so are later calls. */
  readonly close: () => Promise<void>;
}

const dimensions = 384;

/** Paraphrases lie above it, and so does much else: what is the same is for the guard to say. */
const threshold = 0.6;
/** Chosen on development pairs: near-duplicates that differ have high cosines too, so that they can't weigh more. */
const scale = { weight: 12, neutral: 0.8, full: 0.93 } as const;

/**
 * The farthest that the model looks into a text, in UTF-16 units. 256 pieces end long before, but for texts that are all
 * spaces or endless words; those should not cost time on the way to the model.
 */
const longestText = 32_768;

/**
 * Sentence embeddings in process: nothing leaves the machine and nothing is downloaded. The model is loaded at the first
 * use and its process ends with yours; it keeps yours alive only while a call is waiting.
 * @throws TypeError where an option is not what it must be.
 * @example
 * const embedder = minilm();
 * const [a, b] = await embedder.embed(['How do I reset my password?', 'I forgot my password, what now?']);
 */
export function minilm(options: MinilmOptions = {}): MinilmEmbedder {
  checkOptions(options);
  const warn = warnOnce(options.onWarning);
  const engine = createEngineProcess(
    {
      engine: options.engine ?? 'auto',
      threads: options.threads ?? 1,
      cacheDir: resolve(options.cacheDir ?? cacheFolder(process.platform, process.env, homedir())),
    },
    { warn, now: Date.now },
  );
  const queue = createQueue<Embedding>({
    maxWaiting: options.maxWaiting ?? 1024,
    onBusy: engine.hold,
    run: async (texts) => {
      const { vectors, readLengths, unreadWords } = await engine.run(texts);
      return texts.map((_, at) => ({
        vector: vectors.slice(at * dimensions, (at + 1) * dimensions),
        readLength: readLengths[at] ?? 0,
        unreadWords: unreadWords[at] ?? [],
      }));
    },
  });
  return {
    id: `all-MiniLM-L6-v2@${weightsSha256.slice(0, 12)}`,
    dimensions,
    threshold,
    scale,
    embed: (texts, { signal } = {}) =>
      queue.add(
        texts.map((text) => text.slice(0, longestText)),
        signal,
      ),
    ready: () => queue.during(engine.ready),
    close: async () => {
      queue.close();
      await engine.close();
    },
  };
}

/** Whether a text was refused since too many were waiting: go on without its embedding. */
export function isEmbedderBusy(error: unknown): boolean {
  return typeof error === 'object' && error !== null && Reflect.get(error, 'code') === 'ERR_FARTHING_EMBEDDER_BUSY';
}
