import { createGate } from 'farthing';
import { describe, expect, it } from 'vitest';
import { httpEngine } from './http/http-engine.js';
import { modelServer } from './http/model-server.js';
import { createLocal } from './local.js';

/** A model that a server elsewhere runs, as a target. */
async function remoteTarget() {
  const { fetch, got } = modelServer();
  const engine = httpEngine({ baseURL: 'http://10.0.0.7:8000/v1', model: 'tiny', fetch });
  const local = createLocal({ models: { tiny: { engine } }, trust: 'unsigned' });
  return { local, target: await local.target('tiny'), chats: () => got.filter(({ path }) => path.includes('chat')) };
}

describe('a model that a server elsewhere runs', () => {
  it('is no target on this machine', async () => {
    const { target } = await remoteTarget();
    expect(target).toMatchObject({ model: 'tiny', baseURL: 'http://10.0.0.7:8000/v1', contextWindow: 512 });
    expect(target).not.toHaveProperty('region');
  });

  it('gets nothing that may not leave the machine', async () => {
    const { target, chats } = await remoteTarget();
    const body = JSON.stringify({ model: 'gpt-5', messages: [{ role: 'user', content: 'Hello' }] });
    const ask = (options: Parameters<typeof createGate>[0], headers: Record<string, string> = {}) =>
      createGate({ routes: { 'gpt-5': { targets: [target] } }, ...options }).fetch(
        'https://api.openai.com/v1/chat/completions',
        { method: 'POST', body, headers },
      );
    expect((await ask({ airGapped: true })).status).toBe(402);
    expect((await ask({ rules: [{ where: {}, residency: 'local' }] })).status).toBe(402);
    expect(chats()).toHaveLength(0);
    expect((await ask({})).status).toBe(200);
    expect(chats()).toHaveLength(1);
  });

  it('has no price by the second', async () => {
    const { local } = await remoteTarget();
    await expect(local.price('tiny')).rejects.toMatchObject({ code: 'invalid_request' });
  });
});

describe('createLocal', () => {
  it.each([
    [{}, '`models` to be models by name'],
    [{ models: {} }, '`models` to be at least one model'],
    [{ models: { a: { file: '' } }, trust: 'unsigned' }, '`models.a.file` to be a path'],
    [
      { models: { a: { file: 'a.gguf', threads: 0 } }, trust: 'unsigned' },
      "`models.a.threads` to be 'auto' or an integer from 1",
    ],
    [{ models: { a: { file: 'a.gguf', thread: 1 } }, trust: 'unsigned' }, 'got `models.a.thread`'],
    [{ models: { a: { file: 'a.gguf' } } }, '`trust` to be `{ keys: […] }`'],
    [{ models: { a: { file: 'a.gguf' } }, trust: { keys: [] } }, '`trust` to be'],
    [{ models: { a: { file: 'a.gguf' } }, trust: 'unsigned', machineHour: 0.4 }, '`machineHour` to be dollars'],
    [{ models: { a: { file: 'a.gguf' } }, trust: 'unsigned', queue: { maxWaitMs: 0 } }, '`queue.maxWaitMs` to be'],
  ])('refuses %j and says what it expected', (options, message) => {
    // As from a program without types.
    expect(() => createLocal(options as Parameters<typeof createLocal>[0])).toThrow(message);
  });
});
