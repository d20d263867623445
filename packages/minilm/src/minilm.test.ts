import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, expectTypeOf, it, vi } from 'vitest';
import type { Embedder } from '../../farthing/src/cache/embedder.js';
import type { EmbedderWarning, MinilmOptions } from './index.js';
import { isEmbedderBusy, type MinilmEmbedder, minilm } from './index.js';
import { graphSha256 } from './minilm-graph.js';

const folder = mkdtempSync(join(tmpdir(), 'farthing-minilm-'));
/** Built by the first test, read by all others. */
const cacheDir = join(folder, 'cache');
const opened: MinilmEmbedder[] = [];
/** For tests that need no embedder of their own: each start takes most of a second. */
const shared = minilm({ cacheDir });

function open(options: MinilmOptions = {}): MinilmEmbedder {
  const embedder = minilm({ cacheDir, ...options });
  opened.push(embedder);
  return embedder;
}

afterEach(async () => {
  vi.unstubAllEnvs();
  await Promise.all(opened.splice(0).map((embedder) => embedder.close()));
});
afterAll(async () => {
  await shared.close();
  rmSync(folder, { recursive: true, force: true });
});

const cosine = (a: Float32Array | undefined, b: Float32Array | undefined): number => {
  if (a?.length !== 384 || b?.length !== 384) throw new Error('expected two vectors of 384 numbers');
  return a.reduce((sum, value, at) => sum + value * (b[at] ?? 0), 0);
};
const vectorsOf = async (embedder: MinilmEmbedder, texts: readonly string[]): Promise<Float32Array[]> =>
  (await embedder.embed(texts)).map(({ vector }) => vector);

/** Code that runs in the embedder's process before anything else does. */
function preload(code: string): void {
  const path = join(folder, `${Math.random()}.cjs`);
  writeFileSync(path, code);
  vi.stubEnv('NODE_OPTIONS', `--require ${path}`);
}
const onRequire = (code: string): string =>
  `const Module = require('node:module'); const resolve = Module._resolveFilename;
   Module._resolveFilename = function (name, ...rest) { if (name === 'onnxruntime-node') { ${code} } return resolve.call(this, name, ...rest); };`;

describe('minilm', { timeout: 60_000 }, () => {
  it('converts the model in two processes at once, over a torn file', async () => {
    const file = `minilm-${graphSha256.slice(0, 16)}.onnx`;
    mkdirSync(cacheDir);
    writeFileSync(join(cacheDir, file), 'torn');
    const both = await Promise.all([vectorsOf(shared, ['hello']), vectorsOf(open(), ['hello'])]);
    expect(both[0]).toEqual(both[1]);
    expect(readdirSync(cacheDir)).toEqual([file]);
    expect(statSync(join(cacheDir, file)).size).toBeGreaterThan(20_000_000);
  });

  it('is an Embedder', () => {
    expectTypeOf<MinilmEmbedder>().toExtend<Embedder>();
    expect(shared).toMatchObject({ id: 'all-MiniLM-L6-v2@6638f625a0a6', dimensions: 384, threshold: 0.6 });
  });

  it('puts like beside like', async () => {
    const [a, b, c] = await vectorsOf(shared, [
      'How do I reset my password?',
      'I forgot my password, what now?',
      'The ferry to Naxos was late again.',
    ]);
    expect(cosine(a, a)).toBeCloseTo(1, 5);
    expect(cosine(a, b)).toBeGreaterThan(0.75);
    expect(cosine(a, c)).toBeLessThan(0.2);
  });

  it('gives a text the same vector alone, beside others, and every time', async () => {
    const texts = [
      '',
      'a',
      'What is the capital of France?',
      `${'long '.repeat(300)}`,
      '🎉',
      'Does it rain in Oslo today?',
    ];
    const embedder = shared;
    const together = await vectorsOf(embedder, texts);
    const again = await vectorsOf(embedder, [...texts].reverse());
    for (const [at, text] of texts.entries()) {
      const [alone] = await vectorsOf(embedder, [text]);
      expect(cosine(alone, together[at])).toBeGreaterThan(0.99999);
      expect(cosine(alone, again[texts.length - 1 - at])).toBeGreaterThan(0.99999);
    }
  });

  it('says how much of a text it read', async () => {
    const long = 'one '.repeat(300);
    const found = await shared.embed(['short', `${long}tail`, 'see 🔑', ' '.repeat(50_000)]);
    expect(found.map(({ readLength, unreadWords }) => ({ readLength, unreadWords }))).toEqual([
      { readLength: 5, unreadWords: [] },
      { readLength: 254 * 4 - 1, unreadWords: [] },
      { readLength: 6, unreadWords: ['🔑'] },
      { readLength: 32_768, unreadWords: [] },
    ]);
  });

  it('agrees with another implementation of model and tokenizer, also on odd texts', async () => {
    const texts = [
      'How do I reset my password?',
      'HÉLLO wörld, naïve café — “quoted” … ½ №5',
      'tab\tand\u000bvertical\u0085next\u2028line\u00a0space\u3000wide',
      'zero\u200bwidth\u00adsoft\u0378unassigned\ue000private\ufffdreplaced\u0000nul',
      '東京タワー and 서울 and สวัสดี',
      'ΑΣ ΣΑΣ İstanbul ẞtraße ≠ ≮ ﬁ ǅ',
      'a [SEP] b [MASK] c [sep] [PAD]',
      `${'x'.repeat(101)} y ${'z'.repeat(100)}`,
      '🎉🎉 e\u0301 \u0301 👩‍👩‍👧 flag 🇫🇷',
      '{code} = fn(a, b) => { return a != b; } // x_y-z',
      'word '.repeat(400),
      '\ud800 lone \udc00',
    ];
    const [onnx, wasm] = await Promise.all([vectorsOf(shared, texts), vectorsOf(open({ engine: 'wasm' }), texts)]);
    const agreement = texts.map((_, at) => cosine(onnx[at], wasm[at]));
    expect(agreement.filter((value) => value < 0.98)).toEqual([]);
  });

  it('falls back to WebAssembly where onnxruntime-node does not load, and says so once', async () => {
    preload(onRequire("throw new Error('no such library');"));
    const warnings: EmbedderWarning[] = [];
    const embedder = open({ onWarning: (warning) => warnings.push(warning) });
    expect(await embedder.ready()).toBe('wasm');
    const [a, b] = await vectorsOf(embedder, [
      'What is the capital of France?',
      'Which city is the capital of France?',
    ]);
    expect(cosine(a, b)).toBeGreaterThan(0.9);
    expect(warnings).toEqual([
      {
        code: 'embedder_fallback',
        message: expect.stringMatching(/WebAssembly.*ONNXRUNTIME_NODE_INSTALL.*no such library$/),
      },
    ]);
    await expect(open({ engine: 'onnx' }).embed(['a'])).rejects.toThrow("MiniLM can't embed: no such library");
  });

  it('falls back, too, where onnxruntime-node takes its process down', async () => {
    preload(onRequire('process.abort();'));
    const onWarning = vi.fn();
    const embedder = open({ onWarning });
    expect(await vectorsOf(embedder, ['hello'])).toHaveLength(1);
    expect(await embedder.ready()).toBe('wasm');
    expect(onWarning).toHaveBeenCalledTimes(1);
  });

  it('rejects what was under way when its process dies, and starts another', async () => {
    preload(
      `process.on('message', ({ texts }) => { if (texts?.includes('crash')) process.kill(process.pid, 'SIGKILL'); });`,
    );
    const embedder = open();
    await embedder.ready();
    await expect(embedder.embed(['crash'])).rejects.toThrow(/^MiniLM can't embed: its process ended \(SIGKILL\)/);
    // Not at once: what dies again and again must not be started without end.
    await expect(embedder.embed(['too soon'])).rejects.toThrow('its process ended');
    await vi.waitFor(() => embedder.embed(['hello']), { timeout: 20_000, interval: 100 });
  });

  it('refuses what would make too many wait', async () => {
    const embedder = open({ maxWaiting: 8 });
    const accepted = embedder.embed(Array.from({ length: 8 }, (_, at) => `text ${at}`));
    const refused = await embedder.embed(['one more']).catch((error: unknown) => error);
    expect(isEmbedderBusy(refused)).toBe(true);
    expect(isEmbedderBusy(new Error('other'))).toBe(false);
    expect(await accepted).toHaveLength(8);
  });

  it('lets a caller go the moment it aborts, and answers the others', async () => {
    const embedder = shared;
    const abort = new AbortController();
    const left = embedder.embed(['left alone'], { signal: abort.signal });
    const stayed = embedder.embed(['stayed']);
    abort.abort(new Error('left'));
    await expect(left).rejects.toThrow('left');
    expect(await stayed).toHaveLength(1);
  });

  it('rejects when it is closed, before and after', async () => {
    const embedder = open();
    await embedder.ready();
    const waiting = embedder.embed(Array.from({ length: 100 }, () => 'a'));
    const rejected = expect(waiting).rejects.toThrow();
    await embedder.close();
    await rejected;
    await expect(embedder.embed(['a'])).rejects.toThrow('The embedder is closed.');
    await expect(embedder.ready()).rejects.toThrow('The embedder is closed.');
  });

  it('lets its host end: by itself when idle, by force while it works', async () => {
    const script = (code: string): string =>
      `import { minilm } from ${JSON.stringify(new URL('./index.ts', import.meta.url).href)};
       const embedder = minilm(${JSON.stringify({ cacheDir })});
       const done = await embedder.embed(['hello']); ${code}`;
    const results = await Promise.all([
      runScript(script("console.log('embedded', done.length);")),
      runScript(
        script("void embedder.embed(Array(500).fill('a long way to go')); setTimeout(() => process.exit(0), 50);"),
      ),
    ]);
    expect(results).toEqual([
      { code: 0, signal: null, output: 'embedded 1\n' },
      { code: 0, signal: null, output: '' },
    ]);
  });
});

function runScript(source: string): Promise<{ code: number | null; signal: string | null; output: string }> {
  const path = join(folder, `${Math.random()}.mts`);
  writeFileSync(path, source);
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['--import', 'tsx', path], { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => (output += data.toString()));
    child.once('close', (code, signal) => resolve({ code, signal, output }));
  });
}
