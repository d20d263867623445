import type { LlamaContext, LlamaModel, Token } from 'node-llama-cpp';

/** What was measured with so many threads. */
export interface Calibration {
  readonly threads: number;
  readonly promptTokensPerSecond: number;
  readonly outputTokensPerSecond: number;
}

/** Enough to tell one setting from another, and some seconds on the slowest of machines. */
const [promptTokens, outputTokens] = [64, 24];
/** More threads have to be worth it: they take cores from everything else. */
const worthIt = 1.1;
/** A setting that is so much slower than the best at its first token is not looked at any further. */
const hopeless = 4;

/**
 * Measures which number of threads writes fastest. It goes up step by step and stops where more become slower: one thread too
 * many, and all of them wait for one that the system does not run, which costs a factor of a hundred.
 * @param candidates rising numbers of threads
 * @param nowMs a clock in milliseconds
 */
export async function calibrate(
  model: LlamaModel,
  candidates: readonly number[],
  nowMs: () => number,
): Promise<Calibration> {
  let best: Calibration | undefined;
  for (const threads of candidates) {
    const measured = await measure(model, threads, nowMs, best);
    if (measured === undefined) break;
    if (best && measured.outputTokensPerSecond < best.outputTokensPerSecond * worthIt) break;
    best = measured;
  }
  if (!best) throw new Error('Expected a measurement with one thread, got none.');
  return best;
}

/** Numbers of threads to try. One core is left for the application: threads that share one wait for each other. */
export function threadCandidates(cores: number): readonly number[] {
  const most = Math.max(1, Math.min(cores - 1, 64));
  const steps = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64];
  return [...steps.filter((step) => step < most), most];
}

async function measure(
  model: LlamaModel,
  threads: number,
  nowMs: () => number,
  best: Calibration | undefined,
): Promise<Calibration | undefined> {
  const contextSize = 256;
  const context = await model.createContext({ sequences: 1, contextSize, batchSize: promptTokens, threads });
  try {
    // The first pass touches all weights, which may come from the disk.
    if (best === undefined) await write(context, someTokens(model, promptTokens), 1);
    const sequence = context.getSequence();
    const start = nowMs();
    await sequence.evaluateWithoutGeneratingNewTokens(someTokens(model, promptTokens));
    const read = nowMs();
    const limit = best && (1000 / best.outputTokensPerSecond) * hopeless;
    let written = 0;
    for await (const _ of sequence.evaluate(someTokens(model, 1), { temperature: 0, yieldEogToken: true })) {
      written += 1;
      if (limit !== undefined && (nowMs() - read) / written > limit) return undefined;
      if (written >= outputTokens) break;
    }
    const end = nowMs();
    return {
      threads,
      promptTokensPerSecond: (promptTokens / Math.max(0.001, read - start)) * 1000,
      outputTokensPerSecond: (written / Math.max(0.001, end - read)) * 1000,
    };
  } finally {
    await context.dispose();
  }
}

async function write(context: LlamaContext, prompt: Token[], count: number): Promise<void> {
  const sequence = context.getSequence();
  let written = 0;
  for await (const _ of sequence.evaluate(prompt, { temperature: 0, yieldEogToken: true })) {
    written += 1;
    if (written >= count) break;
  }
  await sequence.dispose();
}

/** Ordinary words, over and over. */
function someTokens(model: LlamaModel, count: number): Token[] {
  const words = model.tokenize('The quick brown fox jumps over the lazy dog. ');
  return Array.from({ length: count }, (_, at) => words[at % words.length] ?? words[0]).filter(
    (token) => token !== undefined,
  );
}
