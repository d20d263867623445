import { execFile } from 'node:child_process';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { randomModel, smallModel, writeGguf } from '@farthing/testkit/gguf';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const packageFolder = fileURLToPath(new URL('../../packages/local', import.meta.url));
const compiler = createRequire(import.meta.url).resolve('typescript/bin/tsc');
const project = mkdtempSync(join(tmpdir(), 'farthing-local-packed-'));
const installed = join(project, 'node_modules', '@farthing', 'local');
const binding = join(project, 'node_modules', 'node-llama-cpp');

/** An application: the same text as an ES module and as a CommonJS one. It never asks its processes to end. */
const application = `
import { createLocal, isLocalError, type LocalOptions } from '@farthing/local';

async function main(): Promise<void> {
  const options: LocalOptions = {
    models: { small: { file: 'small.gguf', threads: 1, slots: 1, gpu: false, contextTokens: 256 } },
    trust: 'unsigned',
  };
  const local = createLocal(options);
  const body = JSON.stringify({ model: 'small', max_tokens: 4, messages: [{ role: 'user', content: 'Hello' }] });
  const answer = await local.fetch('https://api.openai.com/v1/chat/completions', { method: 'POST', body });
  const { usage, error } = (await answer.json()) as { usage?: { completion_tokens: number }; error?: { message: string } };
  const refused = await local.ready('other').catch((failure: unknown) => failure);
  // @ts-expect-error trust has to be said: the types are there, and not any
  const wrong: LocalOptions = { models: {} };
  console.log(JSON.stringify([answer.status, usage?.completion_tokens, error?.message, isLocalError(refused), isLocalError(wrong)]));
}
void main();
`;

async function run(program: string, args: readonly string[], cwd = project): Promise<string> {
  const env = { ...process.env, npm_config_loglevel: 'error', NODE_OPTIONS: '' };
  const windows = process.platform === 'win32' && program !== process.execPath; // there, npm is a script
  const { stdout } = await promisify(execFile)(program, args, { cwd, env, shell: windows }).catch((error: unknown) => {
    // execFile's own message leaves out what a compiler prints to its standard output
    const { message, stdout: printed } = error as { message: string; stdout?: string };
    throw new Error(`${message}\n${printed ?? ''}`);
  });
  return stdout;
}
const told = async (file: string): Promise<unknown> => JSON.parse(await run(process.execPath, [file]));

beforeAll(async () => {
  if (!existsSync(join(packageFolder, 'dist', 'index.js')))
    throw new Error('Expected a build of packages/local, got none. Run `npm run build` first.');
  const tarball = join(project, 'local.tgz');
  await run('npx', ['--yes', 'pnpm@10.34.8', 'pack', '--out', tarball], packageFolder);
  writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'consumer', private: true }));
  await run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', tarball, '@types/node@20.19.25']);
  const compilerOptions = { strict: true, module: 'nodenext', target: 'es2022', lib: ['es2023'], types: ['node'] };
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions }));
  for (const name of ['application.mts', 'application.cts']) writeFileSync(join(project, name), application);
  writeGguf(join(project, 'small.gguf'), randomModel(smallModel));
  await run(process.execPath, [compiler, '-p', '.']);
}, 180_000);

afterAll(() => rmSync(project, { recursive: true, force: true }));

describe('the package as it is published', () => {
  it('brings no binding, no source and no condition of ours', () => {
    const brought = readdirSync(join(project, 'node_modules')).filter((name) => !name.startsWith('.'));
    expect(brought.toSorted()).toEqual(['@farthing', '@types', 'eventsource-parser', 'undici-types', 'zod']);
    expect(readdirSync(installed).toSorted()).toEqual(['LICENSE', 'README.md', 'dist', 'package.json']);
    expect(readFileSync(join(installed, 'package.json'), 'utf8')).not.toContain('farthing-source');
  });

  it('says what to install where the binding is missing', async () => {
    const [status, , message] = (await told('application.mjs')) as unknown[];
    expect([status, message]).toEqual([503, expect.stringContaining('npm install node-llama-cpp@3.22.1')]);
  });

  it('runs a model for ES modules and for CommonJS, and lets the application end', async () => {
    const here = realpathSync(join(packageFolder, 'node_modules', 'node-llama-cpp'));
    symlinkSync(here, binding, process.platform === 'win32' ? 'junction' : 'dir');
    expect(await told('application.mjs')).toEqual([200, 4, null, true, false]);
    expect(await told('application.cjs')).toEqual([200, 4, null, true, false]);
  });

  it('brings the command `farthing-local`', async () => {
    expect(await run('npx', ['--no-install', 'farthing-local', '--help'])).toContain('Usage: farthing-local COMMAND');
    expect(await run('npx', ['--no-install', 'farthing-local', 'inspect', 'small.gguf'])).toContain('llama');
  });
});
