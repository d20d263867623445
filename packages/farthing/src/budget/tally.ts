import type { NanoUsd } from '../pricing/money.js';
import type { LedgerWindow } from './ledger.js';

/** What an account counts: by windows of the calendar, or over the last stretch of time. Plain data, for a snapshot. */
export type Tally = FixedTally | RollingTally;

interface FixedTally {
  readonly kind: 'fixed';
  /** Debt with which the first of the books began. */
  readonly debtNanoUsd: NanoUsd;
  /** Oldest first, never empty. An earlier one stays while holds of it are open: they can still make debt. */
  readonly books: readonly Book[];
}

/** One calendar window: what was booked in it, and is set aside of it. */
interface Book {
  readonly startMs: number;
  endMs: number | null;
  limitNanoUsd: NanoUsd | null;
  bookedNanoUsd: NanoUsd;
  heldNanoUsd: NanoUsd;
  holds: number;
}

interface RollingTally {
  readonly kind: 'rolling';
  readonly lengthMs: number;
  heldNanoUsd: NanoUsd;
  holds: number;
  /** Spend by the end of the slice of time in which it was booked, oldest first. */
  readonly slices: Slice[];
}

interface Slice {
  readonly endMs: number;
  nanoUsd: NanoUsd;
}

/** What counts against a limit now. */
export interface Standing {
  readonly spentNanoUsd: NanoUsd;
  readonly heldNanoUsd: NanoUsd;
  readonly debtNanoUsd: NanoUsd;
}

/** Slices of a rolling window: spend leaves it late by at most this share of its length, never early. */
const slicesPerWindow = 60;
/** A hold that nobody ends would keep every window since: beyond so many, its window is merged with the one after it. */
const maxBooks = 64;

/** A tally of nothing. */
export function emptyTally(window: LedgerWindow): Tally {
  return window.kind === 'rolling'
    ? { kind: 'rolling', lengthMs: window.lengthMs, heldNanoUsd: 0, holds: 0, slices: [] }
    : { kind: 'fixed', debtNanoUsd: 0, books: [emptyBook(window)] };
}

/**
 * The tally as it is in a window: the same object where nothing changes, and a new one where a window begins or a
 * budget counts in another way than before. Pure; a window older than the newest known changes nothing.
 */
export function turned(tally: Tally, window: LedgerWindow, atMs: number): Tally {
  if (tally.kind === 'rolling') {
    if (window.kind === 'fixed') return fixedFrom(tally, window, atMs);
    return window.lengthMs === tally.lengthMs ? tally : { ...tally, lengthMs: window.lengthMs };
  }
  if (window.kind === 'rolling') return rollingFrom(tally, window.lengthMs, atMs);
  if (window.startMs <= newest(tally).startMs) return tally;
  return trimmed({ ...tally, books: [...tally.books, emptyBook(window)] });
}

/** What counts against a limit at a time, in the newest window. Pure. */
export function standing(tally: Tally, atMs: number): Standing {
  if (tally.kind === 'rolling')
    return { spentNanoUsd: spentLately(tally, atMs), heldNanoUsd: tally.heldNanoUsd, debtNanoUsd: 0 };
  const { books } = tally;
  let debtNanoUsd = tally.debtNanoUsd;
  for (let index = 1; index < books.length; index++) debtNanoUsd = owed(books[index - 1], debtNanoUsd, books[index]);
  const { bookedNanoUsd, heldNanoUsd } = newest(tally);
  return { spentNanoUsd: debtNanoUsd + bookedNanoUsd, heldNanoUsd, debtNanoUsd };
}

/** Sets money aside in a tally that was turned to the window; answers what {@link endHold} wants to know of it. */
export function hold(tally: Tally, amount: NanoUsd, limitNanoUsd: NanoUsd | null, window: LedgerWindow): number {
  const book = tally.kind === 'rolling' ? tally : newest(tally);
  book.heldNanoUsd += amount;
  book.holds++;
  if (!('startMs' in book)) return 0;
  book.limitNanoUsd = limitNanoUsd;
  // Another length from the same start: the budget was changed while the window ran.
  if (window.kind === 'fixed' && window.startMs === book.startMs) book.endMs = window.endMs;
  return book.startMs;
}

/** Ends a hold with a cost, booked in the window that began at `startMs`; rolling: now. */
export function endHold(tally: Tally, held: NanoUsd, cost: NanoUsd, startMs: number, atMs: number): Tally {
  if (tally.kind === 'rolling') {
    tally.heldNanoUsd -= held;
    tally.holds--;
    bookSlice(tally, cost, atMs);
    return tally;
  }
  const book = tally.books.findLast((each) => each.startMs <= startMs) ?? tally.books[0];
  if (!book) return tally;
  book.heldNanoUsd -= held;
  book.holds--;
  book.bookedNanoUsd += cost;
  return trimmed(tally);
}

/** Whether a tally says no more than an empty one would: its window is over, nothing is held, no debt is left. */
export function isSpent(tally: Tally, atMs: number): boolean {
  if (tally.kind === 'rolling') return tally.holds === 0 && spentLately(tally, atMs) === 0;
  const last = newest(tally);
  if (tally.books.some((book) => book.holds > 0) || last.endMs === null || atMs < last.endMs) return false;
  // A window like this one that began as long ago as the one that now runs may have begun, or longer.
  const startMs = Math.max(last.endMs, atMs - (last.endMs - last.startMs));
  return owed(last, standing(tally, atMs).debtNanoUsd, emptyBook({ startMs, endMs: atMs })) === 0;
}

/** Whether holds are open. */
export function isHeld(tally: Tally): boolean {
  return tally.kind === 'rolling' ? tally.holds > 0 : tally.books.some((book) => book.holds > 0);
}

function emptyBook({ startMs, endMs }: { readonly startMs: number; readonly endMs: number | null }): Book {
  return { startMs, endMs, limitNanoUsd: null, bookedNanoUsd: 0, heldNanoUsd: 0, holds: 0 };
}

function newest({ books }: FixedTally): Book {
  const book = books.at(-1);
  if (!book) throw new Error('Ledger: expected an account to have a window, got none. Please report this.');
  return book;
}

/** What is owed when the next window begins: all beyond the limit, less one limit for each more window that went by. */
function owed(book: Book | undefined, debt: NanoUsd, next: Book | undefined): NanoUsd {
  if (!book || !next || book.limitNanoUsd === null) return 0;
  // Months and days differ in length. Counted by the longer of the two, too few windows are forgiven, never too many.
  const lengthMs = Math.max(
    book.endMs === null ? Number.POSITIVE_INFINITY : book.endMs - book.startMs,
    next.endMs === null ? 0 : next.endMs - next.startMs,
  );
  const windows = Math.max(1, Math.round((next.startMs - book.startMs) / lengthMs));
  return Math.max(0, debt + book.bookedNanoUsd - book.limitNanoUsd * windows);
}

/** Drops the windows that can't change any more: over, without open holds. What they owe is kept. Pure. */
function trimmed(tally: FixedTally): FixedTally {
  let { debtNanoUsd, books } = tally;
  for (let [book, next] = books; book && next; [book, next] = books) {
    if (book.holds > 0 && books.length <= maxBooks) break;
    debtNanoUsd = owed(book, debtNanoUsd, next);
    const merged = { ...next, heldNanoUsd: next.heldNanoUsd + book.heldNanoUsd, holds: next.holds + book.holds };
    books = [book.holds > 0 ? merged : next, ...books.slice(2)];
  }
  return books === tally.books ? tally : { ...tally, debtNanoUsd, books };
}

/** A budget that now rolls: what its last window spent counts as spent now. */
function rollingFrom(tally: FixedTally, lengthMs: number, atMs: number): RollingTally {
  const sum = (of: (book: Book) => number): number => tally.books.reduce((total, book) => total + of(book), 0);
  const rolling: RollingTally = {
    kind: 'rolling',
    lengthMs,
    heldNanoUsd: sum((book) => book.heldNanoUsd),
    holds: sum((book) => book.holds),
    slices: [],
  };
  bookSlice(rolling, standing(tally, atMs).spentNanoUsd, atMs);
  return rolling;
}

/** A budget that rolls no more: what counted so far counts in its first window. */
function fixedFrom(tally: RollingTally, window: LedgerWindow & { readonly kind: 'fixed' }, atMs: number): FixedTally {
  const { heldNanoUsd, holds } = tally;
  const bookedNanoUsd = spentLately(tally, atMs);
  return { kind: 'fixed', debtNanoUsd: 0, books: [{ ...emptyBook(window), bookedNanoUsd, heldNanoUsd, holds }] };
}

/** A slice counts until its end is a whole window ago: spend leaves late rather than early. */
function spentLately({ slices, lengthMs }: RollingTally, atMs: number): NanoUsd {
  let spent = 0;
  for (const { endMs, nanoUsd } of slices) if (endMs + lengthMs > atMs) spent += nanoUsd;
  return spent;
}

function bookSlice({ slices, lengthMs }: RollingTally, cost: NanoUsd, atMs: number): void {
  const sliceMs = lengthMs / slicesPerWindow;
  const endMs = Math.ceil((atMs + 1) / sliceMs) * sliceMs;
  const over = slices.findIndex((slice) => slice.endMs + lengthMs > atMs);
  slices.splice(0, over < 0 ? slices.length : over);
  const last = slices.at(-1);
  // A clock that was set back books into the newest slice, which leaves the later.
  if (last && last.endMs >= endMs) last.nanoUsd += cost;
  else slices.push({ endMs, nanoUsd: cost });
}
