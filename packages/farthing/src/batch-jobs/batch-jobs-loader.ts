import type { Batches } from './batch-job-options.js';
import type { BatchJobParts } from './batch-job-parts.js';
import type { BatchJobs } from './batch-jobs.js';

/** Loads batch jobs apart from the rest: most applications have none. */
export function loadBatchJobs(parts: BatchJobParts): BatchJobs {
  let jobs: Promise<BatchJobs> | undefined;
  const load = (): Promise<BatchJobs> => {
    jobs ??= import('./batch-jobs.js').then(({ createBatchJobs }) => createBatchJobs(parts));
    return jobs;
  };
  return {
    through: (client): Batches => ({
      submit: async (...given) => (await load()).through(client).submit(...given),
      open: async (name) => (await load()).through(client).open(name),
      names: async () => (await load()).through(client).names(),
    }),
    close: async () => (await jobs)?.close(),
  };
}
