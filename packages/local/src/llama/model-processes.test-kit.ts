import { readdirSync, readFileSync } from 'node:fs';

/** The processes that run models for this one, by their numbers, as Linux tells of them. */
export function modelProcesses(parent: number = process.pid): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const [state, parentOf] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
        const isOurs = Number(parentOf) === parent && state !== 'Z';
        return isOurs && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('llama-child');
      } catch {
        return false; // it ended meanwhile
      }
    });
}

/** Whether there is a process of that number. */
export function isAlive(pid: number): boolean {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
