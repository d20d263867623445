import type { EngineSettings } from './engine.js';
import { type EngineLink, openLink } from './engine-link.js';
import type { Batch } from './messages.js';
import type { EngineName } from './options.js';
import { type EmbedderWarning, fallbackWarning } from './warnings.js';

/** A process that embeds, started when it is first needed and again after it died. */
export interface EngineProcess {
  /** Starts it where it is not running. @throws Error that says why it can't be had. */
  readonly ready: () => Promise<EngineName>;
  /** Embeds one batch; one at a time. @throws Error as `ready`, or that says what went wrong on the way. */
  readonly run: (texts: readonly string[]) => Promise<Batch>;
  /** Whether it keeps our own process alive. */
  readonly hold: (held: boolean) => void;
  readonly close: () => Promise<void>;
}

/** A process that died at once is not started again sooner: twice the time after each further failure, up to the second. */
const [firstPauseMs, longestPauseMs] = [250, 30_000];
/**
 * Owns the process. A process and not a thread: inside a thread, onnxruntime-node 1.30 aborts the whole application when
 * the thread or the application ends while it works.
 */
export function createEngineProcess(
  settings: EngineSettings,
  { warn, now }: { readonly warn: (warning: EmbedderWarning) => void; readonly now: () => number },
): EngineProcess {
  let child: EngineLink | undefined;
  let held = false;
  let engine = settings.engine;
  let failures = 0;
  let notBefore = 0;
  let lastFailure: Error | undefined;

  const start = (): EngineLink => {
    if (child) return child;
    if (lastFailure && now() < notBefore) throw lastFailure;
    const started = openLink({ ...settings, engine }, { warn, onEnd });
    started.hold(held);
    started.ready.catch(() => {});
    child = started;
    return started;

    function onEnd(failure: Error, wasReady: boolean, crashed: boolean): void {
      if (child === started) child = undefined;
      failures = wasReady ? 1 : failures + 1;
      lastFailure = failure;
      notBefore = now() + Math.min(longestPauseMs, firstPauseMs * 2 ** (failures - 1));
      if (wasReady || !crashed || engine !== 'auto') return;
      // Native code that takes its process down as it loads would do so again.
      engine = 'wasm';
      notBefore = 0;
      warn(fallbackWarning(failure.message));
    }
  };

  const ready = async (): Promise<EngineName> => {
    const before = engine;
    try {
      return await start().ready;
    } catch (error) {
      if (engine === before) throw error;
      return await start().ready;
    }
  };

  return {
    ready,
    run: async (texts) => {
      await ready();
      return start().run(texts);
    },
    hold: (wanted) => {
      held = wanted;
      child?.hold(wanted);
    },
    close: async () => child?.close(),
  };
}
