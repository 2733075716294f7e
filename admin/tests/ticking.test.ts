import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { Ticking } from "@/components/ticking";

beforeEach(() => vi.useFakeTimers({ now: 1_000_000 }));
afterEach(() => vi.useRealTimers());

test("it ticks for all who look, and for nobody else", () => {
  const clock = new Ticking();
  const told = [vi.fn(), vi.fn()];
  const ends = told.map((each) => clock.subscribe(each));

  vi.advanceTimersByTime(2000);
  ends[0]?.();
  vi.advanceTimersByTime(1000);
  ends[1]?.();

  expect(told.map((each) => each.mock.calls.length)).toEqual([2, 3]);
  expect(clock.now()).toBe(1_003_000);
  expect(vi.getTimerCount()).toBe(0);
});

test("who looks after a pause sees the present at once", () => {
  const clock = new Ticking();
  clock.subscribe(() => undefined)();
  vi.advanceTimersByTime(60_000);

  clock.subscribe(() => undefined);

  expect(clock.now()).toBe(1_060_000);
});
