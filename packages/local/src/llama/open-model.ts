import { availableParallelism } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { getLlama, type Llama, type LlamaContext, LlamaLogLevel, type LlamaModel } from 'node-llama-cpp';
import type { EngineFacts } from '../engine.js';
import { LocalError } from '../local-error.js';
import { calibrate, threadCandidates } from './calibrate.js';
import type { ChildSettings } from './messages.js';

/** A model that is ready to write. */
export interface OpenModel {
  readonly llama: Llama;
  readonly model: LlamaModel;
  readonly context: LlamaContext;
  readonly facts: EngineFacts;
  readonly warnings: readonly string[];
}

/** Loads binding, model and context. @throws LocalError that says which of them failed, and what to do */
export async function openModel(settings: ChildSettings): Promise<OpenModel> {
  const complaints: string[] = [];
  const candidates =
    settings.threads === 'auto' ? threadCandidates(availableParallelism()) : ([settings.threads] as const);
  const llama = await step('start llama.cpp', complaints, () =>
    getLlama({
      gpu: settings.gpu,
      build: 'never',
      skipDownload: true,
      // Never the binding's own: four threads on two cores are a hundred times slower than one.
      maxThreads: Math.max(...candidates),
      logLevel: LlamaLogLevel.warn,
      logger: (level, message) => {
        if (level === LlamaLogLevel.error || level === LlamaLogLevel.fatal)
          complaints.push(message.trim().slice(0, 300));
        complaints.splice(8);
      },
    }),
  );
  const model = await step('load the model', complaints, () =>
    llama.loadModel({ modelPath: settings.path, checkTensors: true }),
  );
  const measured = await step('measure its speed', complaints, () =>
    calibrate(model, candidates, () => performance.now()),
  );
  const context = await step('make its context', complaints, () =>
    model.createContext({
      sequences: settings.slots,
      contextSize: settings.contextTokens,
      threads: { ideal: measured.threads, min: measured.threads },
    }),
  );
  return {
    llama,
    model,
    context,
    facts: {
      // The binding may round up; what was asked for is what memory was reckoned for.
      contextTokens: Math.min(context.contextSize, settings.contextTokens),
      slots: settings.slots,
      threads: measured.threads,
      speed: measured,
    },
    warnings: model.getWarnings(),
  };
}

/** How long llama.cpp's words about a failure may come after the failure itself. */
const afterwardsMs = 50;

async function step<Result>(what: string, complaints: string[], run: () => Promise<Result>): Promise<Result> {
  complaints.length = 0;
  try {
    return await run();
  } catch (error) {
    if (error instanceof Error && error.constructor.name === 'NoBinaryFoundError') throw noBuild();
    const message = error instanceof Error ? error.message.split('\n', 1)[0] : String(error);
    const memory = error instanceof Error && error.constructor.name === 'InsufficientMemoryError';
    await sleep(afterwardsMs);
    // The first one is the reason; those after it say that it failed, once for each function.
    const [native] = complaints;
    throw new LocalError(
      memory ? 'insufficient_memory' : 'model_unavailable',
      `Could not ${what}: ${message}${native === undefined ? '' : ` (llama.cpp: ${native})`}`,
      memory ? { retryAfterSeconds: 5 } : {},
    );
  }
}

function noBuild(): LocalError {
  const name = `@node-llama-cpp/${process.platform === 'darwin' ? 'mac' : process.platform === 'win32' ? 'win' : process.platform}-${process.arch}${process.platform === 'darwin' && process.arch === 'arm64' ? '-metal' : ''}`;
  return new LocalError(
    'model_unavailable',
    `Expected a build of llama.cpp for this machine, got none. Install it: \`npm install ${name}@3.22.1\`; or give \`gpu: false\` where one for a GPU was asked for.`,
  );
}
