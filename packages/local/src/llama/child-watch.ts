/** Tells when a process answers nothing any more: a template of a model's can loop for ever, and blocks all else in it. */
export interface ChildWatch {
  /** It said something. */
  readonly heard: () => void;
  /** Whether anything is wanted of it. */
  readonly hold: (held: boolean) => void;
  readonly end: () => void;
}

/** A minute: the longest prompt that a body holds is read in a tenth of that. */
const [usualEveryMs, usualMost] = [5_000, 12];

/**
 * Asks every so often whether it is there, and calls `stuck` after so many questions without a word. Questions are counted and
 * not time, since a machine may sleep, or this process be busy itself.
 */
export function watchChild(
  { ask, stuck }: { readonly ask: () => void; readonly stuck: () => void },
  everyMs = usualEveryMs,
  most = usualMost,
): ChildWatch {
  let held = true;
  let unanswered = 0;
  const timer = setInterval(() => {
    // Nobody may want it any more, and whoever comes next would have to wait all over.
    if (!held && unanswered === 0) return;
    unanswered += 1;
    if (unanswered <= most) return ask();
    clearInterval(timer);
    stuck();
  }, everyMs);
  timer.unref();
  return {
    heard: () => {
      unanswered = 0;
    },
    hold: (now) => {
      held = now;
    },
    end: () => clearInterval(timer),
  };
}
