/** How late a timer of 1 ms was at worst, in milliseconds. */
export interface Delay {
  readonly wallMs: number;
  /** As far as this process itself was at work: on a busy machine it also waits for its turn. */
  readonly ownMs: number;
}

/** Measures how long the event loop was held up while `during` ran. */
export async function worstDelay(during: () => Promise<unknown>): Promise<Delay> {
  let [wallMs, ownMs] = [0, 0];
  let due = performance.now() + 1;
  let usage = process.cpuUsage();
  let over = false;
  const tick = (): void => {
    const late = performance.now() - due;
    const { user, system } = process.cpuUsage(usage);
    wallMs = Math.max(wallMs, late);
    ownMs = Math.max(ownMs, Math.min(late, (user + system) / 1000));
    usage = process.cpuUsage();
    due = performance.now() + 1;
    if (!over) setTimeout(tick, 1);
  };
  setTimeout(tick, 1);
  await during();
  over = true;
  // what held up the last timer shows when that runs
  await new Promise((resolve) => setTimeout(resolve, 5));
  return { wallMs, ownMs };
}
