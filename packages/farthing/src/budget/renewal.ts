import type { EndResult, Ledger } from './ledger.js';

/** Keeps the open holds of this process alive, and ends each, in the end. */
export interface Renewal {
  readonly add: (id: string) => void;
  /**
   * Ends a hold. Where the ledger fails it is kept alive and tried again at every turn until it succeeds.
   * @throws what the ledger threw at the first try
   */
  readonly end: (id: string, end: () => Promise<EndResult>) => Promise<EndResult>;
}

/** Renews all open holds every `intervalMs`; the timer ends when it finds none open, and never keeps the process. */
export function createRenewal(ledger: Ledger, intervalMs: number): Renewal {
  /** Holds by id; with what would end one whose end has failed. */
  const open = new Map<string, (() => Promise<EndResult>) | undefined>();
  let timer: ReturnType<typeof setInterval> | undefined;
  const turn = (): void => {
    if (open.size === 0) {
      clearInterval(timer);
      timer = undefined;
      return;
    }
    // What fails is tried again at the next turn; meanwhile the hold only gets older.
    void ledger.renew([...open.keys()]).catch(() => {});
    for (const [id, end] of open) {
      if (!end) continue;
      void end().then(
        () => open.delete(id),
        () => {},
      );
    }
  };
  return {
    add: (id) => {
      open.set(id, undefined);
      if (timer) return;
      timer = setInterval(turn, intervalMs);
      timer.unref?.();
    },
    end: async (id, end) => {
      try {
        const result = await end();
        open.delete(id);
        return result;
      } catch (error) {
        open.set(id, end);
        throw error;
      }
    },
  };
}
