import type { Work } from '../engine.js';

/** Shares a machine's time out among what runs on it at the same time. */
export interface MachineShare {
  /** From now on one more request is under way; the function that comes back ends it and says what its share was. */
  readonly enter: () => () => Work;
}

/**
 * Every span between two changes is divided by the number of requests under way in it, so that the shares of all add up
 * to the time in which anything ran. Two running sums are enough: a request's share is their growth while it ran.
 * @param wallMs a clock in milliseconds that never goes back
 * @param cpuMs processor time of this process so far, in milliseconds
 */
export function createMachineShare(wallMs: () => number, cpuMs: () => number): MachineShare {
  let active = 0;
  let at = { wall: 0, cpu: 0 };
  let sum = { wall: 0, cpu: 0 };

  const advance = (): void => {
    const now = { wall: wallMs(), cpu: cpuMs() };
    if (active > 0)
      sum = { wall: sum.wall + (now.wall - at.wall) / active, cpu: sum.cpu + (now.cpu - at.cpu) / active };
    at = now;
  };

  return {
    enter: () => {
      advance();
      active += 1;
      const before = sum;
      return () => {
        advance();
        active -= 1;
        return { machineMs: sum.wall - before.wall, cpuMs: sum.cpu - before.cpu };
      };
    },
  };
}
