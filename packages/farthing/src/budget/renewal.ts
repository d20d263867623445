import type { Ledger } from './ledger.js';

/** Tells the ledger, now and then, that the owner of the open holds still lives. */
export interface Renewal {
  readonly add: (id: string) => void;
  readonly remove: (id: string) => void;
}

/** Renews all open holds every `intervalMs`; the timer ends when it finds none open, and never keeps the process. */
export function createRenewal(ledger: Ledger, intervalMs: number): Renewal {
  const open = new Set<string>();
  let timer: ReturnType<typeof setInterval> | undefined;
  const renew = (): void => {
    if (open.size === 0) {
      clearInterval(timer);
      timer = undefined;
      return;
    }
    // A renewal that fails is tried again at the next turn; meanwhile the hold only gets older.
    void ledger.renew([...open]).catch(() => {});
  };
  return {
    add: (id) => {
      open.add(id);
      if (timer) return;
      timer = setInterval(renew, intervalMs);
      timer.unref?.();
    },
    remove: (id) => {
      open.delete(id);
    },
  };
}
