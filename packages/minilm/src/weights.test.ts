import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { findManifest, type Manifest, readVocabulary, readWeights, verifyModel } from './weights.js';

const folder = mkdtempSync(join(tmpdir(), 'farthing-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('weights', () => {
  it('are those that this version was made for, or none', async () => {
    const genuine = await findManifest();
    const forged = join(folder, 'forged');
    writeFileSync(forged, '{"model":{"vocab":{"hello":1}}}');
    const copied = join(folder, 'copied');
    copyFileSync(genuine.tokenizerPath, copied);
    const message = /^Expected .*forged to have the SHA-256 [0-9a-f]{64}, got [0-9a-f]{64}\. Reinstall/;

    await expect(readVocabulary({ ...genuine, tokenizerPath: forged })).rejects.toThrow(message);
    await expect(readWeights({ ...genuine, weightsPath: forged })).rejects.toThrow(message);
    for (const path of ['weightsPath', 'tokenizerPath', 'configPath'] as const satisfies readonly (keyof Manifest)[])
      await expect(verifyModel({ ...genuine, [path]: forged })).rejects.toThrow(message);
    expect(Object.keys(await readVocabulary({ ...genuine, tokenizerPath: copied }))).toHaveLength(30_522);
  });
});
