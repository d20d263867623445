/**
 * What prompt caching saves: `npm run bench -- prompt-cache [--seed 1] [--conversations 400]`. Seeded workloads go through
 * a gate to providers' caches as their rules are published (the testkit's), on a clock of their own. Each workload runs
 * never marked, always marked (system prompt and last turn, 5 minutes) and by the stage. Last, one line of JSON.
 */
import { parseArgs } from 'node:util';
import { createPromptCaches } from '@farthing/testkit';
import { type CallRecord, createGate, type GateOptions } from 'farthing';
import { type Ask, type Message, promptWorkloads, type Workload } from './prompt-cache/workloads.js';

const { values } = parseArgs({ options: { seed: { type: 'string' }, conversations: { type: 'string' } } });
const seed = Number(values.seed ?? 1);
const conversations = Number(values.conversations ?? 400);

const workloads = promptWorkloads({ seed, conversations });

type Strategy = 'never' | 'always' | 'farthing';

interface Result {
  readonly workload: string;
  readonly strategy: Strategy;
  readonly calls: number;
  readonly inputUsd: number;
  readonly reads: number;
  readonly writes: number;
  readonly expectedUsd: number;
  readonly realisedUsd: number;
  readonly stageMicroseconds: number;
  /** By how much the saving fell, at most, from its best so far: as a share of what never marking had cost by then. */
  readonly drawdown: number;
  /** Input cost after each call, in pico-dollars. */
  readonly course: readonly bigint[];
}

async function run(workload: Workload, strategy: Strategy, never?: Result): Promise<Result> {
  const isOpenAI = workload.model.startsWith('gpt');
  let nowMs = Date.parse('2026-10-01T00:00:00Z');
  const startMs = nowMs;
  const tokens = (text: string): number => Math.ceil(text.length / 4);
  const caches = createPromptCaches({ now: () => nowMs, tokens });
  const provider: typeof fetch = async (_, init) => {
    const json = JSON.parse(String(init?.body)) as Record<string, unknown>; // what this file wrote
    const total = tokens(JSON.stringify([json['tools'], json['system'], json['messages']]));
    if (isOpenAI) {
      const parts = (json['messages'] as readonly Message[]).map(({ content }) => content); // as written below
      const cached = caches.openai('', parts, json['prompt_cache_key']);
      return Response.json({
        model: json['model'],
        choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'Yes.' } }],
        usage: {
          prompt_tokens: total,
          completion_tokens: 10,
          total_tokens: total + 10,
          prompt_tokens_details: { cached_tokens: cached },
        },
      });
    }
    const { read, written5m, written1h, refusal } = caches.anthropic(json, total);
    if (refusal !== undefined) throw new Error(`The provider refused a request: ${refusal}`);
    return Response.json({
      type: 'message',
      role: 'assistant',
      model: json['model'],
      content: [{ type: 'text', text: 'Yes.' }],
      stop_reason: 'end_turn',
      usage: {
        input_tokens: total - read - written5m - written1h,
        output_tokens: 10,
        cache_read_input_tokens: read,
        cache_creation_input_tokens: written5m + written1h,
        cache_creation: { ephemeral_5m_input_tokens: written5m, ephemeral_1h_input_tokens: written1h },
      },
    });
  };
  const options: GateOptions = { fetch: provider, now: () => nowMs, onWarning: () => {} };
  const gate = createGate(strategy === 'farthing' ? { ...options, promptCache: true } : options);
  let input = 0n;
  let stageMs = 0;
  const course: bigint[] = [];
  const sums = { reads: 0, writes: 0 };
  const add = ({ costParts, usage, stageMs: stages }: CallRecord): void => {
    for (const [part, cost] of Object.entries(costParts)) if (part !== 'outputTokens') input += cost ?? 0n;
    sums.reads += usage?.cacheReadTokens ?? 0;
    sums.writes += (usage?.cacheWrite5mTokens ?? 0) + (usage?.cacheWrite1hTokens ?? 0);
    stageMs += stages['promptCache'] ?? 0;
    course.push(input);
  };
  gate.on('call', add);
  for (const ask of workload.asks) {
    nowMs = startMs + Math.round(ask.atMs);
    const answer = await gate.fetch(
      isOpenAI ? 'https://api.openai.com/v1/chat/completions' : 'https://api.anthropic.com/v1/messages',
      {
        method: 'POST',
        headers: { authorization: 'Bearer sk', 'content-type': 'application/json' },
        body: JSON.stringify(bodyOf(ask, workload.model, strategy === 'always')),
      },
    );
    await answer.text();
  }
  await gate.idle();
  const told = gate.report().promptCache;
  return {
    workload: workload.name,
    strategy,
    calls: workload.asks.length,
    inputUsd: Number(input) / 1e12,
    ...sums,
    expectedUsd: (told?.expectedNanoUsd ?? 0) / 1e9,
    realisedUsd: ((told?.realisedNanoUsd ?? 0) + (told?.automaticNanoUsd ?? 0)) / 1e9,
    stageMicroseconds: (stageMs * 1000) / workload.asks.length,
    drawdown: drawdownOf(course, never?.course ?? course),
    course,
  };
}

function drawdownOf(course: readonly bigint[], never: readonly bigint[]): number {
  let best = 0;
  let most = 0;
  for (const [index, cost] of course.entries()) {
    const without = never[index] ?? 0n;
    const saved = Number(without - cost);
    best = Math.max(best, saved);
    most = Math.max(most, (best - saved) / Number(without));
  }
  return most;
}

function bodyOf({ system, tools, messages }: Ask, model: string, isMarked: boolean): object {
  if (model.startsWith('gpt'))
    return { model, max_completion_tokens: 400, messages: [{ role: 'system', content: system }, ...messages] };
  const cache_control = { type: 'ephemeral' };
  const block = (text: string) => (isMarked ? [{ type: 'text', text, cache_control }] : text);
  return {
    model,
    max_tokens: 400,
    ...(tools.length > 0 && { tools }),
    system: block(system),
    messages: messages.map(({ role, content }, index) => ({
      role,
      content: index === messages.length - 1 ? block(content) : content,
    })),
  };
}

console.log(
  `Seed ${seed}. Lengths: user lognormal, median 60 tokens, sigma 0.6; answers lognormal, median 200, sigma 0.5. Calls one after another; OpenAI sends what is above 15 requests a minute of one prefix and key to further machines.`,
);
for (const { name, about, model, asks } of workloads)
  console.log(`- ${name} (${model}, ${asks.length} calls): ${about}`);
console.log(
  '\nworkload               strategy   calls  input $   saved    read tok  written tok  expected $  realised $  stage µs  drawdown',
);
const results: (Omit<Result, 'course'> & { readonly savedShare: number })[] = [];
for (const workload of workloads) {
  const never = await run(workload, 'never');
  const marked = workload.model.startsWith('gpt') ? [] : [await run(workload, 'always', never)];
  for (const result of [never, ...marked, await run(workload, 'farthing', never)]) {
    const savedShare = 1 - result.inputUsd / never.inputUsd;
    const { course: _, ...told } = result;
    results.push({ ...told, savedShare });
    console.log(
      [
        workload.name.padEnd(22),
        result.strategy.padEnd(9),
        String(result.calls).padStart(6),
        result.inputUsd.toFixed(3).padStart(8),
        `${(savedShare * 100).toFixed(2)} %`.padStart(10),
        String(result.reads).padStart(11),
        String(result.writes).padStart(11),
        result.expectedUsd.toFixed(3).padStart(10),
        result.realisedUsd.toFixed(3).padStart(10),
        result.stageMicroseconds.toFixed(0).padStart(8),
        `${(result.drawdown * 100).toFixed(2)} %`.padStart(9),
      ].join(' '),
    );
  }
}
const shareOf = (name: string): number =>
  results.find(({ workload, strategy }) => workload === name && strategy === 'farthing')?.savedShare ?? Number.NaN;
const goals = {
  conversationsSaved: shareOf('conversations'),
  worstDrawdown: Math.max(
    ...results
      .filter(({ strategy, workload }) => strategy === 'farthing' && !workload.endsWith('OpenAI'))
      .map(({ drawdown }) => drawdown),
  ),
  worstWithoutReuse: Math.min(shareOf('no reuse'), shareOf('too rare'), shareOf('pairs then none')),
};
const met = goals.conversationsSaved >= 0.6 && goals.worstWithoutReuse >= -0.01 && goals.worstDrawdown <= 0.01;
console.log(
  `\nConversations save ${(goals.conversationsSaved * 100).toFixed(1)} % (goal 60 %); without reuse, at worst ${(goals.worstWithoutReuse * 100).toFixed(2)} % (goal −1 %); at no time more than ${(goals.worstDrawdown * 100).toFixed(2)} % below its best (goal 1 %): ${met ? 'met' : 'NOT met'}.`,
);
console.log(JSON.stringify({ bench: 'prompt-cache', seed, ...goals, met, results }));
if (!met) process.exitCode = 1;
