import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packedProject } from './packed-kit.js';

const packageFolder = fileURLToPath(new URL('../../packages/farthing', import.meta.url));
const project = mkdtempSync(join(tmpdir(), 'farthing-packed-'));
const installed = join(project, 'node_modules', 'farthing');
const { compile, install, run } = packedProject(project);

/** An application: the same text as an ES module and as a CommonJS one. It tells what its call cost. */
const application = `
import { type CallRecord, createGate, isBudgetExceeded, lexical, usd } from 'farthing';

async function main(): Promise<void> {
  const answer = {
    id: 'chatcmpl-1', object: 'chat.completion', created: 1,
    choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'Hello' } }],
    usage: { prompt_tokens: 1000, completion_tokens: 100, total_tokens: 1100 },
  };
  const gate = createGate({
    cache: { share: 'all', semantic: { embedder: lexical(), random: () => 0.99 } },
    fetch: async (_, init) => Response.json({ ...answer, model: JSON.parse(String(init?.body)).model }),
    prices: { 'own-model': { input: '2', output: '8' } },
    budgets: [{ name: 'day', limit: usd('1'), per: 'day' }],
  });
  const records: CallRecord[] = [];
  gate.on('call', (record) => records.push(record));
  const ask = (model: string, content = 'Hello, how are you?'): Promise<Response> =>
    gate.fetch('https://api.openai.com/v1/chat/completions', {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...gate.options({ maxCost: usd('0.5') }).headers },
      body: JSON.stringify({ model, max_tokens: 100, messages: [{ role: 'user', content }] }),
    });
  for (const model of ['own-model', 'own-model', 'gpt-4.1-nano', 'nobody-knows-this']) await (await ask(model)).text();
  await (await ask('own-model', 'hello how are you')).text();
  await gate.idle();

  // @ts-expect-error a budget counts over a window: the types are there, and not any
  const wrong: Parameters<typeof createGate>[0] = { budgets: [{ name: 'day', limit: usd('1') }] };
  const told = records.map(({ source, costNanoUsd }) => [source, costNanoUsd === null ? null : costNanoUsd > 0]);
  console.log(JSON.stringify({ told, first: records[0]?.costNanoUsd, guard: isBudgetExceeded(wrong) }));
}
void main();
`;
/** 1,000 × $2 + 100 × $8 per million; a hit; a price of the catalogue; a model without a price, denied; other words. */
const expected = {
  told: [
    ['provider', true],
    ['exact', false],
    ['provider', true],
    ['denied', false],
    ['semantic', false],
  ],
  first: 2_800_000,
  guard: false,
};

beforeAll(() => install(packageFolder, application), 180_000);

afterAll(() => rmSync(project, { recursive: true, force: true }));

/** The files of a chunk. */
const inBothForms = (name: string): string[] =>
  ['.cjs', '.cjs.map', '.js', '.js.map'].map((end) => `dist/${name}${end}`);

describe('the package as it is published', () => {
  it('holds what is built, its licences and its README, and no source', () => {
    const held = readdirSync(installed, { recursive: true }).map(String);
    // Chunks in each form, with a hash in their names: the semantic cache, routing and the like, and what these share with the gate. How
    // many the last are is the bundler's own affair.
    const names = [...new Set(held.map((name) => name.replace(/-[A-Z0-9]{8}(?=\.)/, '-HASH')))];
    expect(names.toSorted()).toEqual([
      'LICENSE',
      'README.md',
      'dist',
      ...['answer-scorer-HASH', 'batch-jobs-HASH', 'chunk-HASH'].flatMap(inBothForms),
      'dist/cli.js',
      'dist/cli.js.map',
      ...inBothForms('embedding-batches-HASH'),
      ...inBothForms('explain-HASH'),
      'dist/index.cjs',
      'dist/index.cjs.map',
      'dist/index.d.cts',
      'dist/index.d.ts',
      'dist/index.js',
      'dist/index.js.map',
      ...['lanes-HASH', 'prompt-cache-HASH', 'routing-HASH', 'semantic-cache-HASH'].flatMap(inBothForms),
      'dist/third-party-licenses.txt',
      'package.json',
    ]);
  });

  it('names no condition of ours, and brings only what it needs', () => {
    expect(readFileSync(join(installed, 'package.json'), 'utf8')).not.toContain('farthing-source');
    const brought = readdirSync(join(project, 'node_modules')).filter((name) => !name.startsWith('.'));
    expect(brought.toSorted()).toEqual(['@types', 'farthing', 'lru-cache', 'undici-types']);
  });

  it('brings the command `farthing`, which learns', async () => {
    expect(await run('npx', ['--no-install', 'farthing', '--help'])).toContain('Usage: farthing COMMAND');
    const rows = Array.from({ length: 30 }, (_, at) => ({ prompt: `What is ${at}?`, weak: at % 2, strong: 1 }));
    writeFileSync(join(project, 'rows.jsonl'), rows.map((row) => JSON.stringify(row)).join('\n'));
    const told = await run('npx', [
      '--no-install',
      'farthing',
      'train',
      '--records',
      'rows.jsonl',
      '--out',
      'out.json',
    ]);
    expect(told).toContain('30 outcomes count');
  });

  it('has types for ES modules and for CommonJS, and serves both', async () => {
    await compile();
    expect(JSON.parse(await run(process.execPath, ['application.mjs']))).toEqual(expected);
    expect(JSON.parse(await run(process.execPath, ['application.cjs']))).toEqual(expected);
    // Even where somebody sets our own condition.
    expect(JSON.parse(await run(process.execPath, ['--conditions=farthing-source', 'application.mjs']))).toEqual(
      expected,
    );
  });
});
