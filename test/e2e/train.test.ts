import { spawn } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { seeded } from '../../packages/farthing/src/audit/seeded-random.js';
import type { OutcomeRecord } from '../../packages/farthing/src/outcome-record.js';
import { readFeatures } from '../../packages/farthing/src/routing/features/features.js';
import { predictorOf } from '../../packages/farthing/src/routing/predictor/model.js';
import { everyRoute, readPredictorFile } from '../../packages/farthing/src/routing/predictor-file.js';
import { chat, sharedProvider, watchedGate } from './setup.js';

const shared = sharedProvider();
const folder = mkdtempSync(join(tmpdir(), 'farthing-train-'));
afterAll(() => rmSync(folder, { recursive: true }));
const source = fileURLToPath(new URL('../../packages/farthing/src/cli/farthing.ts', import.meta.url));
const tests = fileURLToPath(new URL('..', import.meta.url));
const loader = import.meta.resolve('tsx');
const at = (name: string) => join(folder, name);

/** Runs the command, from a folder where no embedder is installed unless said otherwise. */
async function farthing(
  args: readonly string[],
  cwd = folder,
): Promise<{ code: number | null; out: string; err: string }> {
  // pnpm tells the tests of packages that this folder does not have
  const env = { ...process.env, NODE_PATH: '' };
  const child = spawn(process.execPath, ['--conditions=farthing-source', '--import', loader, source, ...args], {
    cwd,
    env,
  });
  const told = { out: '', err: '' };
  child.stdout.on('data', (piece) => (told.out += piece));
  child.stderr.on('data', (piece) => (told.err += piece));
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, ...told };
}

/** Questions of which half are hard: those with an integral, where the cheap target mostly fails. */
function madeRows(count: number, seed: number): { prompt: string; weak: number; strong: number }[] {
  const random = seeded(seed);
  const words = 'river stone market window letter garden engine paper winter summer doctor teacher'.split(' ');
  const pick = () => words[Math.floor(random() * words.length)] ?? '';
  return Array.from({ length: count }, () => {
    const isHard = random() < 0.5;
    const prompt = `${pick()} ${pick()} what is the ${isHard ? 'integral' : 'weather'} of ${pick()} ${Math.floor(random() * 1e6)}?`;
    return { prompt, weak: random() < (isHard ? 0.7 : 0.05) ? 0 : 1, strong: 1 };
  });
}

const linesOf = (rows: readonly object[]) => `${rows.map((row) => JSON.stringify(row)).join('\n')}\n`;

describe('farthing train', () => {
  it('learns from rows of one’s own and writes what a gate can load, the same each time', async () => {
    const rows = madeRows(500, 1).map((row, index) => (index < 400 ? { ...row, route: 'gpt-5' } : row));
    writeFileSync(at('rows.jsonl'), `${linesOf(rows)}{"torn\n[1]\n`);
    const args = ['train', '--records', 'rows.jsonl', '--out', 'router.json'];
    const { code, out, err } = await farthing(args);
    expect(code).toBe(0);
    expect(out).toContain('502 lines in 1 file: 500 rows');
    expect(out).toContain('Skipped: 1 torn (no JSON, or too long), 1 foreign.');
    expect(out).toMatch(/^gpt-5 +400 +400 +400 +0\.\d\d +0\.\d\d +open( +\d+ % \/ \d+ %){3}$/m);
    expect(out).toMatch(/^\* +100 .* 200 more +200 more +200 more$/m);
    expect(out).toMatch(/Wrote router\.json, \d+\.\d kB\./);
    expect(err).toContain('Without an embedder: expected @farthing/minilm to be installed, got none.');

    const file = readFileSync(at('router.json'), 'utf8');
    if (process.platform !== 'win32') expect(statSync(at('router.json')).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
    for (const text of ['integral', 'weather', 'river']) expect(file).not.toContain(text);
    const { embedder, routes } = readPredictorFile(file);
    expect(embedder).toBeUndefined();
    expect([...routes.keys()].toSorted()).toEqual([everyRoute, 'gpt-5']);
    const predictor = predictorOf(routes.get('gpt-5'));
    expect(predictor.evidence).toBe('learned');
    const score = (prompt: string) => predictor.score(readFeatures(prompt));
    expect(score('what is the integral of stone 17?')).toBeGreaterThan(score('what is the weather of stone 17?') + 0.2);

    expect((await farthing([...args, '--embedder', 'none'])).code).toBe(0);
    expect(readFileSync(at('router.json'), 'utf8')).toBe(file);
    expect((await farthing([...args, '--seed', '2'])).code).toBe(0);
    expect(readFileSync(at('router.json'), 'utf8')).not.toBe(file);
  });

  it('joins the outcomes in a gate’s own files with the texts of their calls', async () => {
    const path = at('calls.jsonl');
    const { gate, records } = watchedGate({
      records: { path, maxBytes: 50_000, keep: 20 },
      recordText: true,
      routes: { 'gpt-5': { targets: ['gpt-5-nano', 'gpt-5'], targetStrongShare: 0.5 } },
    });
    const asked = madeRows(120, 2);
    const tell = (id: string, more: Partial<OutcomeRecord>): void => {
      const told: OutcomeRecord = {
        purpose: 'outcome',
        call: id,
        time: new Date().toISOString(),
        route: 'gpt-5',
        routed: 'strong',
        propensity: 0.5,
        weak: undefined,
        strong: undefined,
        audited: false,
        ...more,
      };
      appendFileSync(path, `${JSON.stringify(told)}\n`);
    };
    for (const { prompt, weak, strong } of asked) {
      const messages = [
        { role: 'system', content: 'UNHEARD' },
        { role: 'user', content: prompt },
      ];
      await (await gate.fetch(...chat(shared.provider.openaiBaseURL, { model: 'gpt-5', messages }))).text();
      const { id = '' } = records.at(-1) ?? {};
      tell(id, { strong: 0 });
      tell(id, { weak, strong, audited: true });
      tell(id, { strong: 0 });
    }
    await gate.idle();
    tell('call_that_is_gone', { strong: 1 });
    const files = readdirSync(folder).filter((name) => name.startsWith('calls.jsonl'));
    expect(files.length).toBeGreaterThan(2);

    const { code, out } = await farthing([
      'train',
      '--records',
      ...files,
      '--out',
      'joined.json',
      '--embedder',
      'none',
    ]);
    expect(code).toBe(0);
    expect(out).toContain(`481 lines in ${files.length} files: 0 rows, 361 outcomes, 120 calls (120 with text)`);
    expect(out).toContain('1 outcome without the text of its call: switch on recordText');
    expect(out).toMatch(/^gpt-5 +120 +120 +120 /m);
    expect(out).toContain("the strong target's answers are worth 1.00");
    expect([...readPredictorFile(readFileSync(at('joined.json'), 'utf8')).routes.keys()]).toEqual(['gpt-5']);
  });

  it('reads vectors where the embedder is installed, and says whose', async () => {
    writeFileSync(at('few.jsonl'), linesOf(madeRows(60, 3)));
    const out = at('embedded.json');
    const told = await farthing(['train', '--records', at('few.jsonl'), '--out', out, '--route', 'auto'], tests);
    expect(told.err).not.toContain('Without an embedder');
    expect(told.code).toBe(0);
    expect(told.out).toContain('60 outcomes count, 100 are the least. Content decides nothing.');
    const { embedder, routes } = readPredictorFile(readFileSync(out, 'utf8'));
    expect(embedder).toMatch(/^all-MiniLM-L6-v2@/);
    expect(routes.get('auto')?.basis.meaning?.dimensions).toBe(384);
    expect(routes.get('auto')?.evidence.isEnough).toBe(false);
  });

  it('writes nothing where there is nothing to learn from, and says what is missing', async () => {
    writeFileSync(
      at('bare.jsonl'),
      linesOf([
        { id: 'a', purpose: 'call', time: '', dialect: 'openai-chat' },
        {
          purpose: 'outcome',
          call: 'a',
          time: '2026-01-01',
          route: 'r',
          routed: 'weak',
          propensity: 1,
          weak: 1,
          audited: false,
        },
      ]),
    );
    const bare = await farthing(['train', '--records', 'bare.jsonl', '--out', 'none.json', '--embedder', 'none']);
    expect(bare).toMatchObject({ code: 1, out: expect.stringContaining('switch on recordText') });
    writeFileSync(at('empty.jsonl'), '');
    const empty = await farthing(['train', '--records', 'empty.jsonl', '--out', 'none.json']);
    expect(empty).toMatchObject({ code: 1, err: expect.stringContaining('no file was written') });
    expect(existsSync(at('none.json'))).toBe(false);
  });

  it('refuses what can’t be done as asked, with what was expected and what to do', async () => {
    writeFileSync(at('one.jsonl'), linesOf(madeRows(1, 4)));
    writeFileSync(at('packed.jsonl.gz'), Buffer.from([0x1f, 0x8b, 8]));
    mkdirSync(at('directory'));
    const some = ['train', '--records', 'one.jsonl'];
    const cases: [readonly string[], string][] = [
      [[], 'Expected a command.'],
      [['tain'], "Expected a command, got 'tain'."],
      [['train'], '--records: expected at least one file, got none.'],
      [some, '--out: expected a path, got none.'],
      [[...some, '--out', 'x.json', '--seed', '-'], "--seed: expected a whole number from 0 to 4294967295, got '-'."],
      [[...some, '--out', 'x.json', '--embedder', 'bert'], "--embedder: expected minilm or none, got 'bert'."],
      [
        [...some, '--out', 'x.json', '--embedder', 'minilm'],
        'Install it beside farthing (npm install @farthing/minilm)',
      ],
      [[...some, '--out', 'x.json', '--wrong'], "Unknown option '--wrong'"],
      [[...some, '--out', 'one.jsonl'], "--out: expected another file than the records, got 'one.jsonl'."],
      [
        [...some, '--out', './one.jsonl'],
        "--out './one.jsonl': expected a new file, or one that this command wrote, got another",
      ],
      [[...some, '--out', 'nowhere/x.json'], 'Make the folder first.'],
      [[...some, '--out', 'directory'], 'expected a file, got a folder.'],
      [
        [...some, 'gone.jsonl', '--out', 'x.json'],
        "--records 'gone.jsonl': expected a file of JSON lines, got none at that path.",
      ],
      [['train', '--records', 'directory', '--out', 'x.json'], 'got a folder.'],
      [['train', '--records', 'packed.jsonl.gz', '--out', 'x.json'], 'got a packed one. Unpack it first.'],
    ];
    const told = await Promise.all(cases.map(([args]) => farthing(args)));
    for (const [index, [, expected]] of cases.entries())
      expect(told[index]).toMatchObject({ code: 2, out: '', err: expect.stringContaining(expected) });
    expect(existsSync(at('x.json'))).toBe(false);
    expect(readFileSync(at('one.jsonl'), 'utf8')).toBe(linesOf(madeRows(1, 4)));
  });

  it('says how it is used', async () => {
    expect(await farthing(['--help'])).toMatchObject({
      code: 0,
      err: '',
      out: expect.stringContaining('Usage: farthing'),
    });
    expect(await farthing(['train', '--help'])).toMatchObject({
      code: 0,
      out: expect.stringContaining('--records FILE'),
    });
  });
});
