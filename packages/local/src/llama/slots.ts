import type { LlamaContext, LlamaContextSequence, Token } from 'node-llama-cpp';
import { chooseSlot } from './choose-slot.js';

/** A place in the context in which one request runs. */
export interface Slot {
  readonly sequence: LlamaContextSequence;
  /** Tokens of the prompt that did not have to be read. */
  readonly cachedTokens: number;
  readonly release: () => void;
}

export interface Slots {
  /**
   * Takes a slot and reads the prompt into it, all but the last few tokens: those are for whoever goes on from there.
   * @throws the signal's reason
   */
  readonly read: (prompt: Token[], signal: AbortSignal) => Promise<Slot>;
}

/**
 * So many tokens of a prompt are left to whoever goes on from there: it has to take a step for the last one in any case, and a few more
 * in it cost less than a step of their own.
 */
const tokensLeft = 32;
/**
 * So many tokens of a prompt are read in one step, between which others write and an abort is seen: the more, the longer
 * both wait, and a processor reads a twentieth faster at most beyond it.
 */
const tokensPerStep = 128;

/** What the binding can do and does not tell in its types: used where it is there, and not needed. */
interface CopyingSequence extends LlamaContextSequence {
  readonly _copyStateFromOtherSequence?: (other: LlamaContextSequence, upToTokenIndex: number) => Promise<boolean>;
}

/** Another slot that has the start of a prompt, or will have it. */
interface Donor {
  readonly place: Place;
  /** What it was reading when it was chosen: only that is waited for. It began before, so that no two wait for each other. */
  readonly reading: Token[] | undefined;
}

interface Place {
  readonly sequence: CopyingSequence;
  busy: boolean;
  usedAt: number;
  /** While it reads a prompt: what it will hold. */
  reading: Token[] | undefined;
  /** Told after each step of reading. */
  readonly onStep: Set<() => void>;
}

/** Gives out the sequences of a context. */
export function createSlots(context: LlamaContext): Slots {
  const places: Place[] = Array.from({ length: context.totalSequences }, () => ({
    sequence: context.getSequence(),
    busy: false,
    usedAt: 0,
    reading: undefined,
    onStep: new Set(),
  }));
  const canCopy = places.every(
    ({ sequence }) => typeof sequence._copyStateFromOtherSequence === 'function' && !sequence.needsCheckpoints,
  );
  const waiting: (() => void)[] = [];
  let clock = 0;

  const take = async (prompt: Token[], signal: AbortSignal): Promise<[Place, Donor | undefined]> => {
    for (;;) {
      signal.throwIfAborted();
      const choice = chooseSlot(
        places.map((place) => view(place, prompt)),
        canCopy,
      );
      const place = choice && places[choice.slot];
      if (place) {
        const donor = choice.donor === undefined ? undefined : places[choice.donor];
        const reading = donor?.reading;
        place.busy = true;
        place.reading = prompt;
        return [place, donor && { place: donor, reading }];
      }
      // Who queues before us gives no more requests than there are slots: this waits for one that is about to end.
      await new Promise<void>((resolve) => waiting.push(resolve));
    }
  };

  const release = (place: Place): void => {
    place.busy = false;
    place.usedAt = ++clock;
    endReading(place);
    for (const wake of waiting.splice(0)) wake();
  };

  return {
    read: async (prompt, signal) => {
      const [place, donor] = await take(prompt, signal);
      try {
        if (donor) await copyStart(place, donor, prompt, signal);
        const { sequence } = place;
        // Its last token is read in any case: what comes next hangs on it.
        await sequence.adaptStateToTokens(prompt.slice(0, -1), false);
        const cachedTokens = sequence.nextTokenIndex;
        while (prompt.length - sequence.nextTokenIndex > tokensLeft) {
          signal.throwIfAborted();
          const at = sequence.nextTokenIndex;
          await sequence.evaluateWithoutGeneratingNewTokens(
            prompt.slice(at, Math.min(at + tokensPerStep, prompt.length - 1)),
          );
          for (const tell of place.onStep) tell();
        }
        signal.throwIfAborted();
        endReading(place);
        return { sequence, cachedTokens, release: () => release(place) };
      } catch (error) {
        // What it holds may not be what it says that it holds.
        if (!signal.aborted) await place.sequence.clearHistory().catch(() => {});
        release(place);
        throw error;
      }
    },
  };
}

/** A slot as it is, or as it will be once it has read what it reads. */
function view({ sequence, busy, usedAt, reading }: Place, prompt: Token[]) {
  const held = sequence.compareContextTokens(prompt).firstDifferentIndex;
  if (reading === undefined) return { busy, usedAt, common: held, length: sequence.nextTokenIndex };
  return { busy, usedAt, common: Math.max(held, commonLength(reading, prompt)), length: reading.length };
}

/** Tells those who wait for it, also where there was no step to read. */
function endReading(place: Place): void {
  place.reading = undefined;
  for (const tell of place.onStep) tell();
}

/** Copies the common start from another slot, which may have to read it first. */
async function copyStart(
  place: Place,
  { place: donor, reading }: Donor,
  prompt: Token[],
  signal: AbortSignal,
): Promise<void> {
  const common = (): number => donor.sequence.compareContextTokens(prompt).firstDifferentIndex;
  const goal = Math.min(reading === undefined ? 0 : commonLength(reading, prompt), prompt.length - 1);
  while (common() < goal && donor.reading === reading) {
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        donor.onStep.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      donor.onStep.add(wake);
      signal.addEventListener('abort', wake);
    });
    signal.throwIfAborted();
  }
  const length = Math.min(common(), prompt.length - 1);
  if (length <= place.sequence.compareContextTokens(prompt).firstDifferentIndex) return;
  const copied = await place.sequence._copyStateFromOtherSequence?.(donor.sequence, length).catch(() => false);
  if (!copied) await place.sequence.clearHistory();
}

function commonLength(a: readonly Token[], b: readonly Token[]): number {
  const length = Math.min(a.length, b.length);
  let at = 0;
  while (at < length && a[at] === b[at]) at += 1;
  return at;
}
