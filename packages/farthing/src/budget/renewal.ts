import type { Ledger } from './ledger.js';

/** Tells the ledger, now and then, that the owner of the open holds still lives. */
export interface Renewal {
  readonly add: (id: string) => void;
  readonly remove: (id: string) => void;
}

/** Renews all open holds every `intervalMs`; with none open, no timer runs, and a timer never keeps the process. */
export function createRenewal(ledger: Ledger, intervalMs: number): Renewal {
  const open = new Set<string>();
  let timer: ReturnType<typeof setInterval> | undefined;
  return {
    add: (id) => {
      open.add(id);
      if (timer) return;
      // A renewal that fails is tried again at the next turn; meanwhile the hold only gets older.
      timer = setInterval(() => void ledger.renew([...open]).catch(() => {}), intervalMs);
      timer.unref?.();
    },
    remove: (id) => {
      open.delete(id);
      if (open.size > 0) return;
      clearInterval(timer);
      timer = undefined;
    },
  };
}
