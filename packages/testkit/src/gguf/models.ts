import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chatTemplate } from './chat-template.js';
import { randomModel } from './random-model.js';
import { writeGguf } from './write-gguf.js';

/** The trained model: 260 K parameters, F32, a vocabulary of 512, little stories, no chat template. */
const trained = {
  sha256: '270cba1bd5109f42d03350f60406024560464db173c0e387d91f0426d3bd256d',
  // Beside the repository: it is not part of it.
  path: fileURLToPath(new URL('../../../../../shared/models/stories260K.gguf', import.meta.url)),
};

/** A model to test with. */
export interface TestModel {
  readonly path: string;
  /** Whether it writes English; else it is made here and writes nonsense. */
  readonly trained: boolean;
}

/**
 * The trained model where it is there (`FARTHING_TEST_MODEL`, or beside the repository), else a random one that it writes
 * into `folder`.
 * @throws Error where a file is there and is not that model
 */
export function testModels(folder: string): TestModel {
  const chosen = process.env['FARTHING_TEST_MODEL'];
  const path = chosen || trained.path;
  if (chosen || existsSync(path)) {
    const sha256 = createHash('sha256').update(readFileSync(path)).digest('hex');
    if (sha256 !== trained.sha256) throw new Error(`Expected ${path} to have sha256 ${trained.sha256}, got ${sha256}.`);
    return { path, trained: true };
  }
  const written = join(folder, 'random.gguf');
  if (!existsSync(written)) {
    mkdirSync(folder, { recursive: true });
    // In one step, as tests that run at the same time may share the folder.
    writeGguf(`${written}.${process.pid}`, randomModel(smallModel));
    renameSync(`${written}.${process.pid}`, written);
  }
  return { path: written, trained: false };
}

/** A model of 288 KB with a chat template. */
export const smallModel = {
  seed: 1,
  embedding: 64,
  layers: 2,
  heads: 4,
  feedForward: 128,
  contextLength: 2048,
  chatTemplate,
  weightType: 'F16',
} as const;
