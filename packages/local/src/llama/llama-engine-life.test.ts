import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { testModels } from '@farthing/testkit/gguf';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import type { Engine, Generation } from '../engine.js';
import { LocalError } from '../local-error.js';
import { createLlamaEngine, type LlamaEngineOptions } from './llama-engine.js';
import type { ChildSettings } from './messages.js';
import { isAlive, modelProcesses } from './model-processes.test-kit.js';

const folder = mkdtempSync(join(tmpdir(), 'farthing-life-'));
const { path } = testModels(folder);
const opened: Engine[] = [];
// Real processes with real models take their time on a busy machine.
vi.setConfig({ testTimeout: 60_000 });
afterEach(async () => {
  await Promise.all(opened.splice(0).map((engine) => engine.unload()));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const settings: ChildSettings = { path, contextTokens: 1024, slots: 4, threads: 1, gpu: false };
const fine: LlamaEngineOptions['prepare'] = async () => ({ settings, checkAgain: async () => {} });

function open(prepare = fine, nowMs = () => performance.now()): Engine {
  const engine = createLlamaEngine({ prepare, onWarning: () => {}, nowMs });
  opened.push(engine);
  return engine;
}

const failureOf = (work: Promise<unknown>) => work.catch((error: unknown) => error);
const text = (prompt: string, maxTokens = 8): Generation => ({
  prompt: { kind: 'text', text: prompt },
  temperature: 0,
  maxTokens,
});
async function answer(engine: Engine, request: Generation, signal = new AbortController().signal): Promise<string> {
  let said = '';
  for await (const piece of engine.generate(request, signal)) if (piece.kind === 'text') said += piece.text;
  return said;
}

describe('an engine that is loaded and unloaded at odd moments', () => {
  it('is left at once by who does not want to wait for the model any more', async () => {
    const engine = open(() => new Promise(() => {}));
    const gone = new AbortController();
    const asked = [
      failureOf(answer(engine, text('Once'), gone.signal)),
      failureOf(engine.embed(['Once'], gone.signal)),
      failureOf(engine.countTokens({ kind: 'text', text: 'Once' }, gone.signal)),
    ];
    await sleep(10);
    gone.abort(new Error('gone'));
    for (const each of asked) expect(await each).toMatchObject({ message: 'gone' });
    opened.pop(); // it never comes to an end
  });

  it('loads anew where it is asked to while it is unloaded, once its last process is gone', async () => {
    const engine = open();
    await engine.load();
    const [first] = modelProcesses();
    const unloaded = engine.unload();
    const again = engine.unload();
    const facts = engine.load();
    await Promise.all([unloaded, again]);
    expect(modelProcesses()).not.toContain(first);
    expect((await facts).contextTokens).toBe(1024);
    expect(modelProcesses()).toHaveLength(1);
    expect(await answer(engine, text('Once upon'))).not.toBe('');
  });

  it('is not loaded where it was unloaded at the last moment, nor where its process died then', async () => {
    let check = (): Promise<void> => Promise.resolve();
    const engine = open(async () => ({ settings, checkAgain: () => check() }));
    let unloaded: Promise<void> | undefined;
    check = async () => {
      unloaded = engine.unload();
      await sleep(20);
    };
    expect(await failureOf(engine.load())).toMatchObject({ code: 'shutting_down' });
    await unloaded;
    expect(modelProcesses()).toEqual([]);
    check = async () => {
      for (const pid of modelProcesses()) process.kill(pid, 'SIGKILL');
      await sleep(200);
    };
    expect(await failureOf(engine.load())).toMatchObject({ code: 'engine_crashed' });
  });

  it('says that it was unloaded, also where it was waiting for its next try', async () => {
    const broken = new LocalError('model_unavailable', 'broken');
    const engine = open(
      async () => {
        throw broken;
      },
      () => 0,
    );
    expect(await failureOf(engine.load())).toBe(broken);
    const second = failureOf(engine.load());
    await engine.unload();
    expect(await second).toMatchObject({ code: 'shutting_down' });
  });

  it('looks at the memory each time it is asked: others may have made room', async () => {
    let tries = 0;
    const engine = open(
      async () => {
        tries += 1;
        throw new LocalError('insufficient_memory', 'full');
      },
      () => 0,
    );
    for (let each = 0; each < 6; each += 1)
      expect(await failureOf(engine.load())).toMatchObject({ code: 'insufficient_memory' });
    expect(tries).toBe(6);
  });

  it('forgets earlier crashes once it has embedded', async () => {
    const engine = open(fine, () => 0);
    for (let each = 0; each < 5; each += 1) {
      // The fifth start in a row would be refused for two seconds.
      expect((await engine.embed(['Once'], new AbortController().signal)).vectors).toHaveLength(1);
      for (const pid of modelProcesses()) process.kill(pid, 'SIGKILL');
      await vi.waitFor(() => expect(modelProcesses()).toEqual([]));
      await sleep(50);
    }
  });
});

describe('requests that are aborted at any moment', () => {
  it('leave no trace in the answers of others', async () => {
    const engine = open();
    const story = 'Once upon a time there was a little girl who had a red ball and a dog. ';
    const starts = [story.repeat(6), `${story.repeat(2)}${'Tom went. '.repeat(15)}`, 'The dog ran. '.repeat(30)];
    const prompts = starts.flatMap((start) => ['Tom', 'Sue', 'A big dog'].map((end) => start + end));
    const alone = new Map<string, string>();
    for (const prompt of prompts) alone.set(prompt, await answer(engine, text(prompt)));
    // More than there are slots, and no two of them aborted after the same time.
    await Promise.all(
      [1, 2, 3, 4, 5, 6].map(async (worker) => {
        for (let each = 0; each < 20; each += 1) {
          const prompt = prompts[(worker * 7 + each * 5) % prompts.length] ?? expect.unreachable();
          const gone = new AbortController();
          const timer =
            each % 2 === 0 ? setTimeout(() => gone.abort(new Error('gone')), (worker * 13 + each) % 60) : undefined;
          const said = await answer(engine, text(prompt), gone.signal).catch((error: unknown) => String(error));
          clearTimeout(timer);
          expect([alone.get(prompt), 'Error: gone']).toContain(said);
          if (timer === undefined) expect(said).toBe(alone.get(prompt));
        }
      }),
    );
  });
});

describe('an application with a model', () => {
  const program = (work: string): string => `
    import { createLlamaEngine } from ${JSON.stringify(new URL('./llama-engine.ts', import.meta.url).href)};
    const engine = createLlamaEngine({
      prepare: async () => ({ settings: ${JSON.stringify(settings)}, checkAgain: async () => {} }),
      onWarning: () => {},
      nowMs: () => performance.now(),
    });
    const request = (maxTokens) => ({ prompt: { kind: 'text', text: 'Once' }, temperature: 0, maxTokens });
    const never = new AbortController().signal;
    ${work}`;
  const start = (work: string) =>
    spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program(work)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });

  it('ends by itself once all is done, also where nobody came back behind the last piece', async () => {
    const application = start(`
      const pieces = engine.generate(request(4), never);
      for (;;) {
        const { value } = await pieces.next();
        if (value.kind !== 'end') continue;
        process.stdout.write(value.reason);
        break;
      }`);
    let said = '';
    application.stdout.on('data', (data) => {
      said += String(data);
    });
    const code = await new Promise((resolve) => application.once('exit', resolve));
    expect([said, code]).toEqual(['length', 0]);
  });

  it.each([
    ['while the model loads', 'engine.load();', 400],
    [
      'while it writes',
      'for await (const piece of engine.generate(request(1000), never)) process.stdout.write("!");',
      0,
    ],
  ])('takes the model with it when it is killed %s', async (_, work, afterMs) => {
    const application = start(work);
    const pid = application.pid ?? expect.unreachable();
    if (afterMs === 0) await new Promise((resolve) => application.stdout.once('data', resolve));
    const model = await vi.waitFor(() => modelProcesses(pid)[0] ?? expect.unreachable(), { timeout: 20_000 });
    await sleep(afterMs);
    application.kill('SIGKILL');
    await vi.waitFor(() => expect(isAlive(model)).toBe(false), { timeout: 20_000 });
  });
});
