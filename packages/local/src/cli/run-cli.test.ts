import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { testModels } from '@farthing/testkit/gguf';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { runCli } from './run-cli.js';

const folder = mkdtempSync(join(tmpdir(), 'farthing cli '));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string): string => join(folder, name);

async function run(...args: string[]): Promise<{ readonly code: number; readonly out: string; readonly told: string }> {
  const [out, told]: [string[], string[]] = [[], []];
  const code = await runCli(args, { print: (text) => void out.push(text), tell: (text) => void told.push(text) });
  return { code, out: out.join('\n'), told: told.join('\n') };
}

const model = at('my model.gguf');
const said = ['--licence', 'MIT', '--origin', 'https://example.com/my model'];
beforeAll(async () => {
  writeFileSync(model, readFileSync(testModels(folder).path));
  expect((await run('keygen', '--out', at('mine'))).code).toBe(0);
  expect((await run('keygen', '--out', at('other'))).code).toBe(0);
});

describe('keygen', () => {
  test('writes a private key that its owner alone can read, and a public one', () => {
    expect(readFileSync(at('mine.private.pem'), 'utf8')).toMatch(/^-----BEGIN PRIVATE KEY-----\n/);
    expect(readFileSync(at('mine.public.pem'), 'utf8')).toMatch(/^-----BEGIN PUBLIC KEY-----\n/);
    if (process.platform !== 'win32') expect(statSync(at('mine.private.pem')).mode & 0o777).toBe(0o600);
  });

  test('takes a folder', async () => {
    mkdirSync(at('keys'));
    const { code, out } = await run('keygen', '--out', at('keys'));
    expect([code, out]).toEqual([0, expect.stringContaining(join('keys', 'farthing-local.public.pem'))]);
    expect(out).not.toContain(readFileSync(at('keys/farthing-local.private.pem'), 'utf8').split('\n')[1]);
  });

  test.each(['private', 'public'])('writes over no %s key', async (kind) => {
    const path = at(`kept-${kind}.${kind}.pem`);
    writeFileSync(path, 'precious');
    const { code, told } = await run('keygen', '--out', at(`kept-${kind}`));
    expect([code, told]).toEqual([1, expect.stringContaining(`${path} is there already`)]);
    expect(readFileSync(path, 'utf8')).toBe('precious');
    const otherKind = kind === 'private' ? 'public' : 'private';
    expect(() => statSync(at(`kept-${kind}.${otherKind}.pem`))).toThrow();
  });

  test('says where there is no folder', async () => {
    const { code, told } = await run('keygen', '--out', at('nowhere/mine'));
    expect([code, told]).toEqual([1, expect.stringMatching(/ENOENT.*nowhere/)]);
  });

  test('lets no name steer the terminal', async () => {
    const { code, told } = await run('keygen', '--out', at('no\u001b[2J\u009bwhere/mine'));
    expect([code, told]).toEqual([1, expect.stringContaining('no?[2J?where')]);
  });
});

describe('sign and verify', () => {
  test('a model whose path has spaces', async () => {
    const signed = await run('sign', model, '--key', at('mine.private.pem'), ...said);
    expect(signed).toEqual({ code: 0, out: expect.stringContaining(`${model}.manifest.json`), told: '' });
    const verified = await run('verify', model, '--key', at('other.public.pem'), '--key', at('mine.public.pem'));
    expect(verified).toMatchObject({ code: 0, told: '' });
    for (const fact of ['the signature is good', 'MIT', 'https://example.com/my model', ' bytes)'])
      expect(verified.out).toContain(fact);
  });

  test('says that another key signed it', async () => {
    const { code, told, out } = await run('verify', model, '--key', at('other.public.pem'));
    expect([code, told, out]).toEqual([1, expect.stringContaining('is signed by a key that is not trusted'), '']);
  });

  test('says that the file was altered', async () => {
    const altered = readFileSync(model);
    altered[altered.length - 1] = (altered.at(-1) ?? 0) ^ 1;
    writeFileSync(model, altered);
    const { code, told } = await run('verify', model, '--key', at('mine.public.pem'));
    expect([code, told]).toEqual([1, expect.stringContaining('was altered or is damaged')]);
  });

  test('says that nobody signed it', async () => {
    writeFileSync(at('unsigned.gguf'), 'x');
    const { code, told } = await run('verify', at('unsigned.gguf'), '--key', at('mine.public.pem'));
    expect([code, told]).toEqual([1, expect.stringContaining('Nobody vouches for')]);
  });

  test('says that a large file takes a while', async () => {
    writeFileSync(at('large.gguf'), 'x');
    truncateSync(at('large.gguf'), 3e9); // a hole: it takes no room on the disk, and is not hashed as nobody signed it
    const { code, told } = await run('verify', at('large.gguf'), '--key', at('mine.public.pem'));
    expect([code, told]).toEqual([1, expect.stringMatching(/^Hashing 3 GB: this takes a while\.\nNobody vouches/)]);
  });

  test('signs no file that is no model', async () => {
    writeFileSync(at('page.gguf'), '<!DOCTYPE html>');
    const { code, told } = await run('sign', at('page.gguf'), '--key', at('mine.private.pem'), ...said);
    expect([code, told]).toEqual([1, expect.stringContaining('an HTML page')]);
  });

  test('does not sign with a public key', async () => {
    const { code, told } = await run('sign', model, '--key', at('mine.public.pem'), ...said);
    expect([code, told]).toEqual([1, expect.stringContaining('Expected an Ed25519 private key')]);
  });

  test.skipIf(process.platform === 'win32')('says that others can read the private key', async () => {
    writeFileSync(at('open.private.pem'), readFileSync(at('mine.private.pem')), { mode: 0o644 });
    const { code, told } = await run('sign', model, '--key', at('open.private.pem'), ...said);
    expect([code, told]).toEqual([0, expect.stringContaining('chmod 600')]);
  });
});

describe('a command line that can’t be followed is answered with 2', () => {
  test.each<[string[], RegExp]>([
    [[], /Expected a command, got none/],
    [['paint'], /got 'paint'/],
    [['constructor'], /got 'constructor'/],
    [['keygen'], /keygen: expected --out DIR or PREFIX, got none/],
    [['keygen', '--out', 'a', 'b'], /b/],
    [['sign', '--key', 'k'], /sign: expected a FILE, got none/],
    [['sign', 'a.gguf'], /sign: expected --key PRIVATE\.pem, got none/],
    [['sign', 'a.gguf', '--key', 'k'], /sign: expected --licence ID/],
    [['sign', 'a.gguf', '--key', 'k', '--licence', 'MIT'], /sign: expected --origin URL/],
    [['verify', 'my', 'model.gguf'], /verify: expected one FILE, got 2\. Put a path with spaces into quotes/],
    [['verify', 'a.gguf'], /verify: expected --key PUBLIC\.pem, got none/],
    [['verify', 'a.gguf', '--trust'], /--trust/],
    [['inspect'], /inspect: expected a FILE, got none/],
    [['inspect', 'a.gguf', '--context', 'lots'], /--context.*got 'lots'/],
    [['inspect', 'a.gguf', '--slots', '0'], /--slots.*got '0'/],
  ])('%j', async (args, message) => {
    const { code, told, out } = await run(...args);
    expect([code, out]).toEqual([2, '']);
    expect(told).toMatch(message);
  });
});

describe('inspect', () => {
  test('says what the file holds and what memory it takes', async () => {
    const { code, out } = await run('inspect', testModels(folder).path, '--context', '512', '--slots', '2');
    expect(code).toBe(0);
    for (const fact of [
      /architecture +llama/,
      /context +2048 tokens/,
      /chat template/,
      /weights +\d.* MB/,
      /total +\d.* MB/,
    ])
      expect(out).toMatch(fact);
    expect(out).toContain('2 requests at once, 512 tokens each');
  });

  test('says that there is no file', async () => {
    const { code, told } = await run('inspect', at('none.gguf'));
    expect([code, told]).toEqual([1, expect.stringContaining('There is no file at')]);
  });
});

describe('help', () => {
  test.each(['--help', '-h', 'help'])('%s', async (arg) => {
    expect(await run(arg)).toMatchObject({
      code: 0,
      out: expect.stringMatching(/serve .*inspect .*keygen .*sign .*verify /s),
    });
  });
  test.each(['keygen', 'sign', 'verify', 'inspect'])('%s --help', async (command) => {
    expect(await run(command, '--help')).toMatchObject({
      code: 0,
      out: expect.stringContaining(`farthing-local ${command} `),
    });
  });
});

test('the program itself', () => {
  const tsx = join(createRequire(import.meta.url).resolve('tsx/package.json'), '..', 'dist', 'cli.mjs');
  const cli = fileURLToPath(new URL('./cli.ts', import.meta.url));
  const spawn = (...args: string[]) =>
    spawnSync(process.execPath, [tsx, '--conditions=farthing-source', cli, ...args], { encoding: 'utf8', cwd: folder });
  expect(spawn('--version')).toMatchObject({ status: 0, stdout: `${packageJson.version}\n`, stderr: '' });
  expect(spawn('verify', 'unsigned.gguf', '--key', 'mine.public.pem')).toMatchObject({
    status: 1,
    stdout: '',
    stderr: expect.stringContaining('Nobody vouches for'),
  });
  expect(spawn('serve', '--port', 'x')).toMatchObject({ status: 2, stdout: '' });
}, 30_000);
