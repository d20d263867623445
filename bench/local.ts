/**
 * A local model through `local.fetch` against the bare binding, side by side in one run: each in one process beside this one, with
 * the same context, sequences and threads. Tokens per second at 1, 2, 4 and 8 at once, streamed and read to the end here, against
 * tokens that never leave the bare process; the time to the first token behind a prefix of 1,500 tokens that was or was not read
 * before; and the binding's default number of threads beside ours.
 *
 *   npm run bench -- local [--model FILE.gguf] [--rounds 5] [--tokens 200]
 */
import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createLocal, type Local } from '@farthing/local';
import { padDepth, quantizeModel, readGguf, testModels, widenFeedForward, writeGguf } from '@farthing/testkit/gguf';

const { values } = parseArgs({
  options: {
    model: { type: 'string' },
    rounds: { type: 'string', default: '5' },
    tokens: { type: 'string', default: '200' },
    'default-threads-seconds': { type: 'string', default: '20' },
  },
});
const rounds = Number(values.rounds);
const limit = Number(values.tokens);
const atOnce = [1, 2, 4, 8] as const;
const contextTokens = 512;

const median = (numbers: readonly number[]): number =>
  numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN;
const round = (value: number, digits = 2): number => Number(value.toFixed(digits));

const folder = mkdtempSync(join(tmpdir(), 'farthing-bench-local-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
const models = values.model ? [{ name: values.model, path: values.model }] : derivedModels();
const chosen = models.find(({ name }) => name === 'padded Q8_0') ?? models[0];
if (!chosen) throw new Error('Expected a model to measure, got none.');

console.log(`tokens per second, median of ${rounds} rounds in turns, ${limit} tokens a request, one thread`);
console.log('| model | at once | bare | through local.fetch | ratio |\n|---|---|---|---|---|');
const throughput = [];
for (const model of models) throughput.push(...(await measureThroughput(model)));
const prefix = await measurePrefix(chosen);
const threads = await measureThreads(chosen);
const ratios = throughput.map(({ ratio }) => ratio);
console.log(
  JSON.stringify({
    bench: 'local',
    throughput,
    worstRatio: Math.min(...ratios),
    prefix,
    threads,
    met: {
      throughput: ratios.every((ratio) => ratio >= 0.9),
      prefix: prefix.coldOverWarm >= 10 && prefix.coldOverShared >= 10,
    },
  }),
);

/** The test model as it is, and with more and wider layers that change nothing, in three weights. */
function derivedModels() {
  const { path, trained } = testModels(folder);
  const padded = widenFeedForward(padDepth(readGguf(path), trained ? 11 : 14), 8192);
  const variants = (['F16', 'Q8_0', 'Q4_0'] as const).map((type) => {
    const file = join(folder, `padded-${type}.gguf`);
    writeGguf(file, quantizeModel(padded, type));
    return { name: `padded ${type}`, path: file };
  });
  return [{ name: trained ? 'stories260K F32' : 'random F16', path }, ...variants];
}

async function measureThroughput({ name, path }: { readonly name: string; readonly path: string }) {
  const bare = await startBare(path, 8, '1');
  const local = createLocal({
    models: { local: { file: path, slots: 8, threads: 1, contextTokens, gpu: false } },
    trust: 'unsigned',
  });
  await local.ready('local');
  const rows = [];
  for (const n of atOnce) {
    const rates = { bare: [] as number[], ours: [] as number[] };
    // Some rounds before are not counted, most of them the first time: both have to be compiled.
    for (let each = n === 1 ? -12 : -2; each < rounds; each += 1) {
      const prompts = Array.from({ length: n }, (_, at) => `${each} ${at} Once upon a time there was a little`);
      const bareRate = await rate(() => askBare(bare, prompts));
      const ourRate = await rate(async () => sum(await Promise.all(prompts.map((prompt) => stream(local, prompt)))));
      if (each < 0) continue;
      rates.bare.push(bareRate);
      rates.ours.push(ourRate);
    }
    const ratio = round(median(rates.ours.map((ours, at) => ours / (rates.bare[at] ?? Number.NaN))));
    const row = {
      model: name,
      atOnce: n,
      bare: round(median(rates.bare), 0),
      ours: round(median(rates.ours), 0),
      ratio,
    };
    console.log(`| ${row.model} | ${n} | ${row.bare} | ${row.ours} | ${row.ratio} |`);
    rows.push(row);
  }
  bare.kill();
  await local.close();
  return rows;
}

async function rate(run: () => Promise<number>): Promise<number> {
  const start = performance.now();
  const tokens = await run();
  return (tokens / (performance.now() - start)) * 1000;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}

/** One streamed completion, read to its end. @returns its tokens, as its usage says */
async function stream(local: Local, prompt: string, tokens = limit): Promise<number> {
  const response = await ask(local, prompt, tokens);
  const text = await response.text();
  const counted = /"completion_tokens":(\d+)/.exec(text)?.[1];
  if (!response.ok || counted === undefined)
    throw new Error(`Expected a stream with its usage, got ${response.status}.`);
  return Number(counted);
}

function ask(local: Local, prompt: string, tokens: number): Promise<Response> {
  return local.fetch('http://local/v1/completions', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      model: 'local',
      prompt,
      max_tokens: tokens,
      temperature: 0,
      stream: true,
      stream_options: { include_usage: true },
    }),
  });
}

/** The time to the first token: behind a prefix that is new, that its slot has read, and that another, busy slot has read. */
async function measurePrefix({ name, path }: { readonly name: string; readonly path: string }) {
  const local = createLocal({
    models: { local: { file: path, slots: 4, threads: 1, contextTokens: 2048, gpu: false } },
    trust: 'unsigned',
  });
  await local.ready('local');
  const times = { cold: [] as number[], warm: [] as number[], shared: [] as number[] };
  let prefixTokens = 0;
  let cachedTokens = 0;
  for (let each = 0; each < rounds; each += 1) {
    const prefix = `${each} ${'The cat sat on the mat and looked at the big red ball. '.repeat(102)}`.slice(0, 4000);
    times.cold.push((await firstToken(local, `${prefix} What did Tom say?`)).ms);
    const warm = await firstToken(local, `${prefix} Where was Sue?`);
    times.warm.push(warm.ms);
    prefixTokens = warm.promptTokens;
    cachedTokens = warm.cachedTokens;
    // One goes on writing while another with the same prefix comes in.
    const writing = stream(local, `${prefix} Why did Ben run?`, 60);
    await new Promise((resolve) => setTimeout(resolve, 30));
    times.shared.push((await firstToken(local, `${prefix} Who was there?`)).ms);
    await writing;
  }
  await local.close();
  const row = {
    model: name,
    promptTokens: prefixTokens,
    cachedTokens,
    coldMs: round(median(times.cold), 1),
    warmMs: round(median(times.warm), 1),
    sharedMs: round(median(times.shared), 1),
    coldOverWarm: round(median(times.cold) / median(times.warm), 1),
    coldOverShared: round(median(times.cold) / median(times.shared), 1),
  };
  console.log(
    `\ntime to the first token, ${row.model}, prompt of ${row.promptTokens} tokens, ${row.cachedTokens} of them shared\n| cold | same slot | slot of its own while another writes |\n|---|---|---|\n| ${row.coldMs} ms | ${row.warmMs} ms (${row.coldOverWarm} x) | ${row.sharedMs} ms (${row.coldOverShared} x) |`,
  );
  return row;
}

async function firstToken(local: Local, prompt: string) {
  const start = performance.now();
  const response = await ask(local, prompt, 2);
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  const first = await reader?.read();
  const ms = performance.now() - start;
  let text = first?.value ?? '';
  for (;;) {
    const next = await reader?.read();
    if (next === undefined || next.done) break;
    text += next.value;
  }
  const counted = (field: string): number => Number(new RegExp(`"${field}":(\\d+)`).exec(text)?.[1]);
  return { ms, promptTokens: counted('prompt_tokens'), cachedTokens: counted('cached_tokens') };
}

/** One request with the binding's default threads, which may never come back, beside ours with the threads that it measured. */
async function measureThreads({ name, path }: { readonly name: string; readonly path: string }) {
  const seconds = Number(values['default-threads-seconds']);
  const tokens = 60;
  const local = createLocal({
    models: { local: { file: path, slots: 1, contextTokens, gpu: false } },
    trust: 'unsigned',
  });
  const { threads } = await local.ready('local');
  const ours = median(await inTurn(() => rate(() => stream(local, 'Once upon a time', tokens))));
  await local.close();
  const bare = await startBare(path, 1, 'default');
  const asked = rate(() => askBare(bare, ['Once upon a time'], tokens));
  const late = new Promise<undefined>((resolve) => setTimeout(resolve, seconds * 1000, undefined).unref());
  const byDefault = await Promise.race([asked, late]);
  bare.kill('SIGKILL');
  const row = {
    model: name,
    threads,
    ours: round(ours, 0),
    byDefault: byDefault === undefined ? `no ${tokens} tokens in ${seconds} s` : round(byDefault, 0),
  };
  console.log(
    `\nthreads, ${row.model}: ${row.threads} as measured at warm-up: ${row.ours} tokens/s; the binding's default: ${row.byDefault}${byDefault === undefined ? '' : ' tokens/s'}\n`,
  );
  return row;
}

async function inTurn(run: () => Promise<number>): Promise<number[]> {
  const results = [];
  for (let each = 0; each < rounds; each += 1) results.push(await run());
  return results;
}

async function startBare(path: string, slots: number, threads: string): Promise<ChildProcess> {
  const child = fork(
    fileURLToPath(new URL('./local-process.ts', import.meta.url)),
    [path, String(slots), String(contextTokens), threads],
    { execArgv: ['--import', 'tsx'], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] },
  );
  await new Promise((resolve) => child.once('message', resolve));
  return child;
}

function askBare(child: ChildProcess, prompts: readonly string[], tokens = limit): Promise<number> {
  return new Promise((resolve) => {
    child.once('message', (answer: { readonly tokens: number }) => resolve(answer.tokens));
    child.send({ prompts, limit: tokens });
  });
}
