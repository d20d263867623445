import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { randomModel, smallModel, writeGguf } from '@farthing/testkit/gguf';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packedProject } from './packed-kit.js';

const packageFolder = fileURLToPath(new URL('../../packages/local', import.meta.url));
const project = mkdtempSync(join(tmpdir(), 'farthing-local-packed-'));
const installed = join(project, 'node_modules', '@farthing', 'local');
const { compile, install, run } = packedProject(project);
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

const told = async (file: string): Promise<unknown> => JSON.parse(await run(process.execPath, [file]));

beforeAll(async () => {
  await install(packageFolder, application);
  writeGguf(join(project, 'small.gguf'), randomModel(smallModel));
  await compile();
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
