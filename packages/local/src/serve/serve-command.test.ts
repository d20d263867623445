import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LocalError } from '../local-error.js';
import { createHandler } from '../surface/handle.js';
import { scriptedHost } from '../surface/scripted-host.test-kit.js';
import type { ServeArguments } from './serve-arguments.js';
import { type CommandWorld, serveCommand } from './serve-command.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'farthing-serve-'));
});
afterEach(() => rm(folder, { recursive: true }));

interface Scene extends Partial<CommandWorld> {
  readonly failure?: LocalError;
}

/** A run of the command, and a way to end it. */
function start(args: readonly string[], { failure, ...more }: Scene = {}) {
  const seen = {
    out: '',
    error: '',
    asked: undefined as ServeArguments | undefined,
    loaded: [] as string[],
    closed: 0,
  };
  let end: () => void = () => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  const ready = async (model: string) => {
    if (failure !== undefined) throw failure;
    seen.loaded.push(model);
    return { contextTokens: 2_048, slots: 4, threads: 1, outputTokensPerSecond: 31.25 };
  };
  const close = async () => {
    seen.closed += 1;
  };
  const exit = serveCommand(args, {
    open: (asked) => {
      seen.asked = asked;
      return { handler: createHandler(scriptedHost()), ready, close };
    },
    out: (text) => {
      seen.out += text;
    },
    error: (text) => {
      seen.error += text;
    },
    isTerminal: false,
    environment: {},
    ended: () => ended,
    ...more,
  });
  return { seen, exit, end };
}

async function listening({ seen, exit }: ReturnType<typeof start>): Promise<string> {
  await Promise.race([exit, expect.poll(() => seen.out).toContain('Listening on')]);
  return /Listening on (\S+)/.exec(seen.out)?.[1] ?? '';
}

const base = ['--unsigned', '--port', '0', '--model'];
const environment = { FARTHING_LOCAL_TOKEN: 'token-of-the-environment' };

describe('serve', () => {
  it('listens, loads, says where everything is, and closes gently', async () => {
    const run = start([...base, 'tiny=models/a=b/t.gguf', '--model', './x=y/org.GGUF'], { environment });
    const url = await listening(run);
    await expect.poll(() => run.seen.loaded).toEqual(['tiny', 'org']);
    const authorization = `Bearer ${environment.FARTHING_LOCAL_TOKEN}`;
    expect((await fetch(`${url}/v1/models`, { headers: { authorization } })).status).toBe(200);
    expect((await fetch(`${url}/v1/models`)).status).toBe(401);
    run.end();
    expect(await run.exit).toBe(0);
    expect(run.seen.out).toContain(`baseURL ${url}/v1\n`);
    expect(run.seen.out).toContain('Models: tiny, org');
    expect(run.seen.out).toContain('Loaded tiny: 2048 tokens of context, 4 at once, threads: 1, 31.3 tokens/s');
    expect(run.seen.out).toContain('API key: in FARTHING_LOCAL_TOKEN');
    expect(run.seen.out + run.seen.error).not.toContain(environment.FARTHING_LOCAL_TOKEN);
    expect(run.seen.closed).toBe(1);
    expect(run.seen.asked?.models).toEqual({ tiny: { file: 'models/a=b/t.gguf' }, org: { file: './x=y/org.GGUF' } });
    await expect(fetch(url)).rejects.toThrow();
  });

  it('understands its options', async () => {
    const options = ['--context', '1024', '--slots', '2', '--threads', '3', '--gpu', 'off', '--lazy'];
    const rest = ['--machine-hour', '0.35', '--idle-unload-seconds', '60', '--key', 'a.pem', '--key', 'b.pem'];
    const run = start(['--model', 't.gguf', '--port', '0', ...options, ...rest], { environment });
    await listening(run);
    run.end();
    expect(await run.exit).toBe(0);
    expect(run.seen.asked).toMatchObject({
      models: { t: { file: 't.gguf', contextTokens: 1_024, slots: 2, threads: 3, gpu: false } },
      trust: { keys: ['a.pem', 'b.pem'] },
      machineHour: '0.35',
      idleUnloadMs: 60_000,
    });
    expect(run.seen.loaded).toEqual([]);
  });

  it.each([
    [['--unsigned'], '--model'],
    [['--model', 't.gguf'], '--key'],
    [['--model', 't.gguf', '--unsigned', '--key', 'a.pem'], '--unsigned'],
    [[...base, 't.gguf', '--model', 'x/t.gguf'], 'two models'],
    [[...base, 't.gguf', '--port', '70000'], '--port 70000'],
    [[...base, 't.gguf', '--slots', '0'], '--slots 0'],
    [[...base, 't.gguf', '--gpu', 'maybe'], '--gpu maybe'],
    [[...base, 't.gguf', '--machine-hour', '1e3'], '--machine-hour 1e3'],
    [[...base, 't.gguf', '--whatever'], '--whatever'],
    [[...base, 't.gguf'], '--token-file'],
  ])('says what is wrong with %j', async (args, said) => {
    const { seen, exit } = start(args);
    expect(await exit).toBe(2);
    expect(seen.error).toContain(said);
    expect(seen.error).toContain('farthing-local serve --model');
  });

  it('serves models whatever they are called', async () => {
    const run = start([...base, '__proto__.gguf', '--model', 'x\u009b2J.gguf'], { environment });
    await listening(run);
    run.end();
    expect(await run.exit).toBe(0);
    expect(run.seen.loaded).toEqual(['__proto__', 'x\u009b2J']);
    expect(run.seen.out).toContain('Models: __proto__, x?2J\n');
  });

  it('tells its usage', async () => {
    const { seen, exit } = start(['--help']);
    expect([await exit, seen.out.includes('--token-file')]).toEqual([0, true]);
  });

  it('ends with what speaks against a model, a host or a port', async () => {
    const failure = new LocalError('untrusted_model', 'Nobody vouches\u001b[2J for t.gguf.');
    const untrusted = start([...base, 't.gguf'], { environment, failure });
    expect([await untrusted.exit, untrusted.seen.error]).toEqual([1, 'Nobody vouches?[2J for t.gguf.\n']);
    expect(untrusted.seen.closed).toBe(1);
    const remote = start([...base, 't.gguf', '--host', '0.0.0.0'], { environment });
    expect([await remote.exit, remote.seen.error.includes('allowRemote')]).toEqual([1, true]);
    const first = start([...base, 't.gguf'], { environment });
    const { port } = new URL(await listening(first));
    const second = start(['--unsigned', '--model', 't.gguf', '--port', port], { environment });
    expect([await second.exit, second.seen.error.includes('EADDRINUSE'), second.seen.closed]).toEqual([1, true, 1]);
    first.end();
    await first.exit;
  });

  it('closes while a model is still being loaded', async () => {
    const open = () => ({
      handler: createHandler(scriptedHost()),
      ready: () => new Promise<never>(() => {}),
      close: async () => {},
    });
    const run = start([...base, 't.gguf'], { environment, open });
    await listening(run);
    run.end();
    expect(await run.exit).toBe(0);
  });
});

describe('a token', () => {
  const shown = /API key: ([\w-]{43}) \(made for this run\)/;

  it('is made and shown on a terminal alone', async () => {
    const run = start([...base, 't.gguf'], { isTerminal: true });
    const url = await listening(run);
    const token = shown.exec(run.seen.out)?.[1] ?? '';
    expect((await fetch(`${url}/v1/models`, { headers: { 'x-api-key': token } })).status).toBe(200);
    run.end();
    await run.exit;
  });

  it('is written for its owner alone, kept, and never shown', async () => {
    const path = join(folder, 'a token');
    const serveOnce = async () => {
      const run = start([...base, 't.gguf', '--token-file', path], { isTerminal: true, environment });
      const url = await listening(run);
      const token = (await readFile(path, 'utf8')).trim();
      expect((await fetch(`${url}/v1/models`, { headers: { 'x-api-key': token } })).status).toBe(200);
      run.end();
      await run.exit;
      expect(run.seen.out).toContain(`API key: in ${path}`);
      expect(run.seen.out).not.toContain(token);
      return { token, warned: run.seen.error };
    };
    const first = await serveOnce();
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await serveOnce()).toEqual({ token: first.token, warned: '' });
    await chmod(path, 0o644);
    expect((await serveOnce()).warned).toContain('chmod 600');
  });

  it('of a file has to be worth something', async () => {
    const path = join(folder, 'token');
    await writeFile(path, 'short\n', { mode: 0o600 });
    const { exit, seen } = start([...base, 't.gguf', '--token-file', path]);
    expect([await exit, seen.error.includes('at least 16')]).toEqual([1, true]);
  });
});
