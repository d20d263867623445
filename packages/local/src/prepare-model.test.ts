import { copyFileSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testModels } from '@farthing/testkit/gguf';
import { afterAll, beforeEach, expect, test, vi } from 'vitest';
import { freeMemory } from './gguf/free-memory.js';
import { prepareModel } from './prepare-model.js';

// It is asked between the head of the file, which is read first, and its signature.
vi.mock('./gguf/free-memory.js', { spy: true });

const folder = mkdtempSync(join(tmpdir(), 'farthing-prepare-'));
afterAll(() => rmSync(folder, { recursive: true }));
const model = testModels(folder).path;
const [link, other] = [join(folder, 'link.gguf'), join(folder, 'other.gguf')];
copyFileSync(model, other);

const prepare = () =>
  prepareModel(
    { path: link, contextTokens: undefined, threads: 1, gpu: false, chatTemplate: undefined, checkMemory: true },
    { slots: 1, trust: 'unsigned', reservedBytes: 0 },
    new AbortController().signal,
  );

beforeEach(() => {
  rmSync(link, { force: true });
  symlinkSync(model, link);
  vi.mocked(freeMemory).mockReset().mockReturnValue(1e12);
});

test('a model is loaded from where it is, whatever leads there', async () => {
  const { path, checkAgain } = await prepare();
  expect(path).toBe(model);
  await checkAgain();
});

test('memory is reckoned for the file that is loaded', async () => {
  vi.mocked(freeMemory).mockImplementation(() => {
    rmSync(link);
    symlinkSync(other, link);
    return 1e12;
  });
  await expect(prepare()).rejects.toMatchObject({
    code: 'untrusted_model',
    message: expect.stringContaining('changed or replaced'),
  });
});
