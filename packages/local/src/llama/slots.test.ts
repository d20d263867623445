import { setImmediate as turn } from 'node:timers/promises';
import type { LlamaContext, Token } from 'node-llama-cpp';
import { describe, expect, it } from 'vitest';
import { createSlots, type Slot } from './slots.js';

const never = new AbortController().signal;
/** So many tokens of one kind. */
const run = (count: number, kind: number): Token[] => Array<Token>(count).fill(kind as Token); // numbers, by another name

/** A context whose sequences only keep what they are told, one step of a prompt at each `turn`. */
function context(sequences: number): { readonly context: LlamaContext; readonly read: () => number } {
  let read = 0;
  const open = () => {
    const sequence = {
      held: [] as Token[],
      needsCheckpoints: false,
      get nextTokenIndex() {
        return sequence.held.length;
      },
      compareContextTokens: (tokens: readonly Token[]) => {
        const at = sequence.held.findIndex((token, index) => token !== tokens[index]);
        return { firstDifferentIndex: at < 0 ? sequence.held.length : at };
      },
      adaptStateToTokens: async (tokens: readonly Token[]) => {
        sequence.held.length = sequence.compareContextTokens(tokens).firstDifferentIndex;
      },
      evaluateWithoutGeneratingNewTokens: async (tokens: readonly Token[]) => {
        await turn();
        read += tokens.length;
        sequence.held.push(...tokens);
      },
      clearHistory: async () => {
        sequence.held.length = 0;
      },
      _copyStateFromOtherSequence: async (other: { readonly held: readonly Token[] }, length: number) => {
        sequence.held = other.held.slice(0, length);
        return true;
      },
    };
    return sequence;
  };
  // As much of the binding as slots are given out with.
  const fake = { totalSequences: sequences, getSequence: open } as unknown as LlamaContext;
  return { context: fake, read: () => read };
}

const outcome = <Result>(work: Promise<Result>) => {
  const seen: { result?: Result } = {};
  void work.then((result) => {
    seen.result = result;
  });
  return seen;
};
/** What is left of a prompt for whoever goes on. */
const left = (slot: Slot | undefined, length: number): number =>
  slot === undefined ? Number.POSITIVE_INFINITY : length - slot.sequence.nextTokenIndex;
const turns = async (count: number): Promise<void> => {
  for (let each = 0; each < count; each += 1) await turn();
};

describe('slots', () => {
  it('never let two requests wait for each other, also where both are given a slot at the same moment', async () => {
    const { context: two } = context(2);
    const slots = createSlots(two);
    // One slot holds a start that both will have, and goes on otherwise; the other holds nothing of it.
    const shared = await slots.read([...run(100, 1), ...run(60, 2)], never);
    const other = await slots.read(run(60, 3), never);
    const waiting = [4, 5].map((end) => outcome(slots.read([...run(100, 1), ...run(50, 6), ...run(9, end)], never)));
    await turns(3);
    other.release();
    shared.release();
    await turns(20);
    for (const { result } of waiting) expect(left(result, 159)).toBeLessThanOrEqual(32);
  });

  it('keep nobody waiting for an answer where only its prompt is wanted', async () => {
    const { context: three, read } = context(3);
    const slots = createSlots(three);
    const prompt = [...run(300, 1), ...run(5, 2)];
    // So used, the first slot gets the second request: the third copies from one that reads nothing itself.
    const used = [await slots.read(run(3, 8), never), await slots.read(run(3, 9), never)];
    for (const { release } of used) release();
    const same = [0, 1, 2].map(() => outcome(slots.read(prompt, never)));
    await turns(20);
    for (const { result } of same) expect(left(result, 305)).toBeLessThanOrEqual(32);
    expect(read()).toBeLessThanOrEqual(305);
  });

  it('give a slot back where its request is aborted while another waits for what it reads', async () => {
    const { context: two } = context(2);
    const slots = createSlots(two);
    const gone = new AbortController();
    const first = slots.read(run(2000, 1), gone.signal);
    const second = outcome(slots.read(run(2000, 1), never));
    await turns(3);
    gone.abort(new Error('gone'));
    await expect(first).rejects.toThrow('gone');
    await turns(30);
    expect(left(second.result, 2000)).toBeLessThanOrEqual(32);
    expect(second.result?.cachedTokens).toBeGreaterThan(0);
    expect(outcome(slots.read(run(10, 2), never))).toEqual({});
  });
});
