import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Local } from '@farthing/local';
import { afterAll } from 'vitest';

/** A folder for the models of one file of tests. */
export function modelFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'farthing-local-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The processes that run models for this one, or for another one, the oldest first. Linux only: elsewhere none are seen. */
export function modelProcesses(parent = process.pid): number[] {
  return namesIn('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      const stat = read(`/proc/${pid}/stat`);
      const [state, parentPid] = stat?.slice(stat.lastIndexOf(')') + 2).split(' ') ?? [];
      return Number(parentPid) === parent && state !== 'Z' && read(`/proc/${pid}/cmdline`)?.includes('llama-child');
    })
    .toSorted((a, b) => a - b);
}

/** Resident memory of a process, in bytes. */
export function residentBytes(pid: number): number {
  return Number(/^VmRSS:\s+(\d+)/m.exec(read(`/proc/${pid}/status`) ?? '')?.[1] ?? 0) * 1024;
}

/** A figure of the metrics; `undefined` where it is not there. */
export function metricOf(local: Local, name: string, labels: string): number | undefined {
  const line = local
    .metrics()
    .split('\n')
    .find((each) => each.startsWith(`farthing_local_${name}{${labels}}`));
  return line === undefined ? undefined : Number(line.split(' ').at(-1));
}

/** Waits until something is so; the test's own timeout ends it where it never is. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await sleep(5);
}

/** What came of a promise that has to fail. */
export async function failureOf(work: PromiseLike<unknown>): Promise<Error & Record<string, unknown>> {
  try {
    await work;
  } catch (error) {
    // What is thrown by the code under test; each test looks at what it holds.
    return error as Error & Record<string, unknown>;
  }
  throw new Error('Expected a failure, got a success.');
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined; // it ended meanwhile
  }
}
