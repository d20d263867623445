/**
 * The bare binding in a process of its own: one context with as many sequences as it is told, and nothing around it. Told how
 * many requests to run at once, it runs them to their last token and says how many tokens that were.
 */
import { getLlama, type LlamaContextSequence, LlamaLogLevel, type Token } from 'node-llama-cpp';

const [path = '', slots = '8', contextTokens = '512', threads = '1'] = process.argv.slice(2);
const chosen = threads === 'default' ? {} : { threads: Number(threads) };
const llama = await getLlama({
  gpu: false,
  build: 'never',
  skipDownload: true,
  logLevel: LlamaLogLevel.error,
  ...(threads !== 'default' && { maxThreads: Number(threads) }),
});
const model = await llama.loadModel({ modelPath: path, checkTensors: true });
const context = await model.createContext({ sequences: Number(slots), contextSize: Number(contextTokens), ...chosen });
const sequences = Array.from({ length: Number(slots) }, () => context.getSequence());

async function write(sequence: LlamaContextSequence, prompt: Token[], limit: number): Promise<number> {
  await sequence.clearHistory();
  let count = 0;
  let text = '';
  for await (const token of sequence.evaluate(prompt, { temperature: 0 })) {
    text += model.detokenize([token]);
    count += 1;
    if (count >= limit) break;
  }
  return text.length > 0 ? count : 0;
}

process.on('message', async ({ prompts, limit }: { readonly prompts: readonly string[]; readonly limit: number }) => {
  const counts = await Promise.all(
    prompts.map((prompt, at) => {
      const sequence = sequences[at];
      if (!sequence) throw new Error('more prompts than sequences');
      const tokens = model.tokenize(prompt);
      if (model.tokens.bos !== null) tokens.unshift(model.tokens.bos);
      return write(sequence, tokens, limit);
    }),
  );
  process.send?.({ tokens: counts.reduce((sum, count) => sum + count, 0) });
});
process.once('disconnect', () => process.exit());
process.send?.({ ready: true });
