import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testModels } from '@farthing/testkit/gguf';
import { type CallRecord, formatUsd, type TargetOptions } from 'farthing';

/** A model on this machine, as the cheapest target of the demo's route. */
export interface LocalModel {
  readonly targets: readonly TargetOptions[];
  /** Told of every call. */
  readonly count: (record: Pick<CallRecord, 'servedModel' | 'costNanoUsd' | 'usage' | 'serverTimes'>) => void;
  /** What it did, in a line. */
  readonly summary: () => string;
  readonly close: () => Promise<void>;
}

/** What a small machine in a cloud costs. */
const machineHour = '0.05';
const name = 'local';

/** Loads the model; what it needs is no part of what the demo installs otherwise. */
export async function openLocalModel(file: string | undefined): Promise<LocalModel> {
  const index = new URL('../../packages/local/src/index.ts', import.meta.url).href;
  const { createLocal } = (await import(index)) as typeof import('../../packages/local/src/index.js'); // a package of this repository
  const folder = mkdtempSync(join(tmpdir(), 'farthing-demo-'));
  const found = file === undefined ? testModels(folder) : { path: file, trained: true };
  const local = createLocal({
    models: { [name]: { file: found.path, contextTokens: 1024 } },
    // One that you chose by its path; a team would sign its models.
    trust: 'unsigned',
    machineHour,
  });
  const target = await local.target(name);
  const { threads, outputTokensPerSecond = 0 } = await local.ready(name);
  console.log(
    `Local model ${found.path}: ${Math.round(outputTokensPerSecond)} tokens a second with ${threads} thread(s), $${target.price?.output} per million at $${machineHour} an hour.${found.trained ? '' : ' Its weights are random: it writes nonsense.'}`,
  );
  const total = { calls: 0, costNanoUsd: 0, tokens: 0, outputMs: 0 };
  return {
    targets: [{ ...target, params: { max_tokens: 24 } }],
    count: ({ servedModel, costNanoUsd, usage, serverTimes }) => {
      if (servedModel !== name || !serverTimes) return;
      total.calls += 1;
      total.costNanoUsd += costNanoUsd ?? 0;
      total.tokens += usage?.outputTokens ?? 0;
      total.outputMs += serverTimes.outputMs;
    },
    summary: () =>
      `The local model wrote ${total.tokens} tokens in ${total.calls} calls, ${Math.round((total.tokens / Math.max(1, total.outputMs)) * 1000)} a second for each, for $${formatUsd(total.costNanoUsd)} of machine time; nothing of them left this machine.`,
    close: async () => {
      await local.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
