import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { watchChild } from './child-watch.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function watched() {
  const seen = { asked: 0, stuck: 0 };
  const ask = (): void => {
    seen.asked += 1;
  };
  const stuck = (): void => {
    seen.stuck += 1;
  };
  const watch = watchChild({ ask, stuck }, 10, 3);
  return { seen, watch };
}

it('tells once of a process that answers nothing', () => {
  const { seen } = watched();
  vi.advanceTimersByTime(39);
  expect(seen).toEqual({ asked: 3, stuck: 0 });
  vi.advanceTimersByTime(1_000);
  expect(seen).toEqual({ asked: 3, stuck: 1 });
});

it('tells nothing of one that answers, however late', () => {
  const { seen, watch } = watched();
  for (let at = 0; at < 20; at += 1) {
    vi.advanceTimersByTime(30);
    watch.heard();
  }
  expect(seen.stuck).toBe(0);
});

it('asks nothing where nothing is wanted, but waits for the answer that it asked for', () => {
  const { seen, watch } = watched();
  watch.hold(false);
  vi.advanceTimersByTime(1_000);
  expect(seen).toEqual({ asked: 0, stuck: 0 });
  watch.hold(true);
  vi.advanceTimersByTime(10);
  watch.hold(false);
  vi.advanceTimersByTime(1_000);
  expect(seen).toEqual({ asked: 3, stuck: 1 });
});
