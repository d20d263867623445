import type { Per } from '../options.js';
import type { LedgerWindow } from './ledger.js';

/** How a budget counts time. */
export interface WindowSpec {
  readonly per: Per;
  /** IANA name. */
  readonly timeZone: string;
  readonly rolling: boolean;
}

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;
const rollingMs: Readonly<Record<Exclude<Per, 'total'>, number>> = {
  minute: minuteMs,
  hour: 60 * minuteMs,
  day: dayMs,
  week: 7 * dayMs,
  month: 30 * dayMs,
};

const cached = new Map<string, { readonly startMs: number; readonly endMs: number }>();
/** Specs are few: one for each kind of budget. */
const maxCached = 1000;

/**
 * The window that holds `nowMs`, in epoch milliseconds. Calendar windows follow the zone's clocks: a day is 23 or 25
 * hours long when they are changed. Weeks begin on Monday. A rolling month is 30 days.
 */
export function windowAt({ per, timeZone, rolling }: WindowSpec, nowMs: number): LedgerWindow {
  if (per === 'total') return { kind: 'fixed', startMs: 0, endMs: null };
  if (rolling) return { kind: 'rolling', lengthMs: rollingMs[per] };
  const key = `${per} ${timeZone}`;
  const known = cached.get(key);
  if (known && nowMs >= known.startMs && nowMs < known.endMs) return { kind: 'fixed', ...known };
  const window = calendarWindow(per, timeZone, nowMs);
  if (cached.size >= maxCached) cached.clear();
  cached.set(key, window);
  return { kind: 'fixed', ...window };
}

function calendarWindow(
  per: Exclude<Per, 'total'>,
  timeZone: string,
  nowMs: number,
): { startMs: number; endMs: number } {
  if (per === 'minute' || per === 'hour') return clockWindow(rollingMs[per], timeZone, nowMs);
  const local = new Date(nowMs + offsetAt(timeZone, nowMs));
  const window = dateWindow(per, timeZone, local);
  if (nowMs < window.endMs) return window;
  // Clocks set back over midnight show the old date once more: that hour belongs to the date already begun.
  local.setUTCDate(local.getUTCDate() + 1);
  return dateWindow(per, timeZone, local);
}

/** A minute or an hour of the zone's own clocks, since some stand half an hour off; a change of clocks cuts it short. */
function clockWindow(lengthMs: number, timeZone: string, nowMs: number): { startMs: number; endMs: number } {
  const offset = offsetAt(timeZone, nowMs);
  const startMs = Math.floor((nowMs + offset) / lengthMs) * lengthMs - offset;
  const endMs = startMs + lengthMs;
  const unchanged = (atMs: number): boolean => offsetAt(timeZone, atMs) === offset;
  return {
    startMs: unchanged(startMs) ? startMs : firstInstant(startMs, nowMs, unchanged),
    endMs: unchanged(endMs - 1) ? endMs : firstInstant(nowMs, endMs, (atMs) => !unchanged(atMs)),
  };
}

/** The day, week or month that holds a date, which is given by the UTC fields of `local`. */
function dateWindow(
  per: 'day' | 'week' | 'month',
  timeZone: string,
  local: Readonly<Date>,
): { startMs: number; endMs: number } {
  const [year, month, day] = [local.getUTCFullYear(), local.getUTCMonth(), local.getUTCDate()];
  const sinceMonday = (local.getUTCDay() + 6) % 7;
  const [start, end] =
    per === 'day'
      ? [Date.UTC(year, month, day), Date.UTC(year, month, day + 1)]
      : per === 'week'
        ? [Date.UTC(year, month, day - sinceMonday), Date.UTC(year, month, day - sinceMonday + 7)]
        : [Date.UTC(year, month, 1), Date.UTC(year, month + 1, 1)];
  return { startMs: instantOf(start, timeZone), endMs: instantOf(end, timeZone) };
}

/** The first instant at which the zone's clocks show this time or a later one (midnight may be skipped). */
function instantOf(localMs: number, timeZone: string): number {
  const candidates = [offsetAt(timeZone, localMs - dayMs), offsetAt(timeZone, localMs + dayMs)].map(
    (offset) => localMs - offset,
  );
  const exact = candidates.filter((candidate) => candidate + offsetAt(timeZone, candidate) === localMs);
  if (exact.length > 0) return Math.min(...exact);
  // Skipped by a change of clocks: the instant of the change, found between the two readings.
  return firstInstant(
    Math.min(...candidates),
    Math.max(...candidates),
    (atMs) => atMs + offsetAt(timeZone, atMs) >= localMs,
  );
}

/** The first whole millisecond after `lowMs` at which something holds that holds at `highMs`, by halving. */
function firstInstant(lowMs: number, highMs: number, holds: (atMs: number) => boolean): number {
  let [low, high] = [lowMs, highMs];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (holds(middle)) high = middle;
    else low = middle;
  }
  return high;
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** Milliseconds that the zone's clocks are ahead of UTC at an instant. */
function offsetAt(timeZone: string, atMs: number): number {
  if (timeZone === 'UTC') return 0;
  let format = formats.get(timeZone);
  if (!format) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    formats.set(timeZone, format);
  }
  const parts: Record<string, number> = {};
  for (const { type, value } of format.formatToParts(atMs)) parts[type] = Number(value);
  const local = Date.UTC(
    parts['year'] ?? 0,
    (parts['month'] ?? 1) - 1,
    parts['day'],
    parts['hour'],
    parts['minute'],
    parts['second'],
  );
  return local - Math.floor(atMs / 1000) * 1000;
}
