import type { BatchJob, BatchResult } from 'farthing';

/** All results of a job, in the order of its requests. */
export async function resultsOf(job: Pick<BatchJob, 'results'>): Promise<BatchResult[]> {
  const results: BatchResult[] = [];
  for await (const result of job.results()) results.push(result);
  return results.sort((a, b) => a.index - b.index);
}

/** Whether a request is to a provider's list of batches: a POST creates one. */
export function isCreation({ path }: { readonly path: string }): boolean {
  return /\/batches(\?|$)/.test(path);
}
