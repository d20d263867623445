/**
 * A support assistant's day, for three tenants, through the real OpenAI client and the gate. Against the real API where
 * OPENAI_API_KEY is set, under a hard budget of five cents; against a provider on this machine otherwise. With `--local`, a
 * quantized model on this machine takes the calls that need no strong one.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startProvider } from '@farthing/testkit';
import { SingleBar } from 'cli-progress';
import { createGate, type Embedder, formatUsd, isBudgetExceeded, lexical, usd } from 'farthing';
import OpenAI from 'openai';
import { billTable } from './bill.js';
import { openLocalModel } from './local-model.js';
import { type Prompt, readPrompts } from './prompt-file.js';

const usage =
  'Usage: npm run demo -- [--prompts FILE] [--concurrency N] [--minilm] [--local [--model FILE.gguf]]\n\n  --prompts FILE     one prompt a line, or JSONL with "prompt", "tenant", "feature"\n  --minilm           find rewordings with a sentence model instead of by their letters (run npm test once before)\n  --local            give the calls that need no strong model to one on this machine (the binding is installed first: 90 MB)\n  --model FILE.gguf  that model (default: one with random weights, which runs like any other and writes nonsense)\n  --concurrency N    calls at once (default 4)\n';

interface Arguments {
  readonly prompts: string;
  readonly concurrency: number;
  readonly minilm: boolean;
  readonly local: boolean;
  readonly modelFile: string | undefined;
}

function readArguments(): Arguments {
  try {
    const { values } = parseArgs({
      options: {
        prompts: { type: 'string' },
        concurrency: { type: 'string', default: '4' },
        minilm: { type: 'boolean', default: false },
        local: { type: 'boolean', default: false },
        model: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    });
    if (values.help) {
      console.log(usage);
      process.exit(0);
    }
    const concurrency = Number(values.concurrency);
    if (!Number.isInteger(concurrency) || concurrency < 1)
      throw new Error(`Expected --concurrency to be a positive integer, got '${values.concurrency}'.`);
    if (values.model !== undefined && !values.local) throw new Error('Expected --model only together with --local.');
    if (values.model !== undefined && !existsSync(values.model))
      throw new Error(`Expected --model to be a GGUF file, got '${values.model}', which is not there.`);
    return {
      prompts: values.prompts ?? fileURLToPath(new URL('prompts.jsonl', import.meta.url)),
      concurrency,
      minilm: values.minilm,
      local: values.local,
      modelFile: values.model,
    };
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
    process.exit(2);
  }
}

const system: Readonly<Record<string, string>> = {
  northbank: 'You are the support assistant of Northbank, an online bank. Be brief, and never ask for a PIN.',
  hostlane: 'You are the support assistant of Hostlane, a web hosting company. Be brief and concrete.',
  spoke: 'You are the support assistant of Spoke, a bicycle shop. Be brief and friendly.',
};

/** The sentence model where it was asked for: its weights are no part of what the demo installs. */
async function embedderOf(minilm: boolean): Promise<Embedder> {
  if (!minilm) return lexical();
  const index = new URL('../../packages/minilm/src/index.ts', import.meta.url).href;
  const loaded = (await import(index)) as { minilm: () => Embedder }; // a package of this repository
  return loaded.minilm();
}

const model = 'gpt-4.1-mini';
const { prompts: path, concurrency, minilm, local: withLocal, modelFile } = readArguments();
let prompts: readonly Prompt[];
try {
  prompts = readPrompts(path);
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exit(2);
}

const real = Boolean(process.env['OPENAI_API_KEY']);
const provider = real ? undefined : await startProvider({ latencyMs: 8 });
console.log(
  real
    ? `Real API: ${prompts.length} calls to OpenAI under a hard budget of $0.05.`
    : `No OPENAI_API_KEY: ${prompts.length} calls go to a provider on this machine that answers and bills like OpenAI's.`,
);

const embedder = await embedderOf(minilm);
await embedder.ready?.();
const local = withLocal ? await openLocalModel(modelFile) : undefined;
const gate = createGate({
  cache: { by: 'tenant', semantic: { embedder } },
  coalesce: true,
  budgets: [
    { name: 'demo', limit: usd('0.05'), per: 'total' },
    { name: 'tenant-day', limit: usd('0.0055'), per: 'day', by: 'tenant' },
  ],
  // Nothing is known of this traffic yet: four conversations in ten get the model that the code names, a search none.
  routes: { [model]: { targets: [...(local?.targets ?? []), 'gpt-4.1-nano', model], targetStrongShare: 0.4 } },
  rules: [{ where: { feature: 'search' }, value: 0.3 }],
  onWarning: ({ code, message }) => console.log(`(${code}) ${message}`),
});
const answeredBy = new Map<string, number>();
gate.on('call', ({ purpose, source, route, ...record }) => {
  local?.count(record);
  if (purpose === 'call' && source === 'provider' && route?.target)
    answeredBy.set(route.target, (answeredBy.get(route.target) ?? 0) + 1);
});
const openai = gate.wrap(new OpenAI(provider ? { apiKey: 'sk-demo', baseURL: provider.openaiBaseURL } : {}));

/** Every third call streams, as a chat window would; the same question asked plainly still finds its answer. */
async function ask({ tenant, feature, prompt }: Prompt, index: number): Promise<void> {
  const body = {
    model,
    max_tokens: 200,
    messages: [
      { role: 'system' as const, content: system[tenant] ?? 'You are a support assistant. Be brief.' },
      { role: 'user' as const, content: prompt },
    ],
  };
  const options = gate.options({ tags: { tenant, feature }, maxCost: usd('0.001') });
  if (index % 3 !== 0) {
    await openai.chat.completions.create(body, options);
    return;
  }
  for await (const _ of await openai.chat.completions.create({ ...body, stream: true }, options)) {
    // A chat window would show the piece here.
  }
}

const bar = process.stdout.isTTY
  ? new SingleBar({ format: '{bar} {value}/{total} calls, {spent} dollars spent', hideCursor: true })
  : undefined;
bar?.start(prompts.length, 0, { spent: '0' });
const failures = new Map<string, number>();
let next = 0;
let done = 0;
await Promise.all(
  Array.from({ length: concurrency }, async () => {
    for (let index = next++; index < prompts.length; index = next++) {
      const prompt = prompts[index];
      if (!prompt) continue;
      try {
        await ask(prompt, index);
      } catch (error) {
        if (!isBudgetExceeded(error)) {
          const reason = error instanceof Error ? error.message : String(error);
          failures.set(reason, (failures.get(reason) ?? 0) + 1);
        }
      }
      done++;
      bar?.update(done, { spent: formatUsd(gate.report().total.spentNanoUsd) });
      if (!bar && done % 100 === 0) console.log(`${done} of ${prompts.length} calls`);
    }
  }),
);
bar?.stop();

await gate.idle();
const report = gate.report();
console.log(`\n${billTable(report)}\n`);
console.log(
  `${report.total.hits.exact} calls were asked before word for word, ${report.total.hits.semantic} in other words, ${report.total.hits.coalesced} shared an answer that was on its way: ${Math.round(report.hitRate * 100)} % of the calls cost nothing.`,
);
const answerers = [...answeredBy].map(([target, calls]) => `${target} ${calls}`).join(', ');
console.log(`Every call named ${model}; those that were paid for were answered by: ${answerers}.`);
const { exact, coalesced, semantic, routed } = report.savedBy;
console.log(
  `Saved: $${formatUsd(exact + coalesced)} by equal words, $${formatUsd(semantic)} by other words, $${formatUsd(routed)} by a cheaper model, less $${formatUsd(report.total.overheadNanoUsd)} for audits of answers in other words.`,
);
for (const tenant of Object.keys(report.byTag['tenant'] ?? {})) {
  const { spentNanoUsd, limitNanoUsd, remainingNanoUsd } = await gate.balance('tenant-day', tenant);
  const denied = report.byTag['tenant']?.[tenant]?.denied ?? 0;
  console.log(
    `${tenant}: $${formatUsd(spentNanoUsd)} of its daily $${formatUsd(limitNanoUsd ?? 0)} spent, $${formatUsd(Math.max(0, remainingNanoUsd ?? 0))} left${denied > 0 ? `; ${denied} calls were denied before they went out` : ''}.`,
  );
}
for (const [reason, count] of failures) console.log(`${count} calls failed: ${reason}`);
console.log(
  local?.summary() ?? '`npm run demo -- --local` gives the calls that need no strong model to one on this machine.',
);
await gate.close();
await local?.close();
await embedder.close?.();
await provider?.close();
process.exitCode = failures.size > 0 ? 1 : 0;
