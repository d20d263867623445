import type { AccountsSnapshot } from './accounts.js';
import type { LedgerEvent } from './ledger-event.js';

/** One line of a journal: a snapshot stands first, events follow. */
export type JournalLine = { readonly event: LedgerEvent } | { readonly snapshot: AccountsSnapshot };

/** The whole lines of a journal. */
export interface JournalContent {
  readonly lines: readonly JournalLine[];
  /** How many bytes they fill; what comes after is torn. */
  readonly bytes: number;
}

const newline = 10;
const checksumLength = 8;

/** A line with its checksum and its end. */
export function encodeJournalLine(line: JournalLine): string {
  const json = JSON.stringify(line);
  return `${checksum(json)} ${json}\n`;
}

/**
 * Reads lines back. A torn last one, as a killed process leaves it, is left out: it was never answered.
 * @throws Error when a line before the last is damaged, which no crash of ours does
 */
export function decodeJournal(data: Buffer, path: string): JournalContent {
  const lines: JournalLine[] = [];
  for (let from = 0; ; ) {
    const end = data.indexOf(newline, from);
    if (end < 0) return { lines, bytes: from };
    const text = data.toString('utf8', from, end);
    const json = text.slice(checksumLength + 1);
    if (text.slice(0, checksumLength) !== checksum(json)) {
      if (end === data.length - 1) return { lines, bytes: from };
      throw damagedJournal(path, from);
    }
    lines.push(JSON.parse(json) as JournalLine); // its checksum says that we wrote it
    from = end + 1;
  }
}

/** An error that names the place of the damage, and what to do about it. */
export function damagedJournal(path: string, byte: number): Error {
  return new Error(
    `Ledger: expected a whole journal, got a damaged line at byte ${byte} of ${path}. It was changed by something else, or the disk failed: restore it from a backup, or move it away to begin anew.`,
  );
}

/** FNV-1a over UTF-16 units, 32 bits: tells a torn line; not meant against anyone who wants to cheat. */
function checksum(text: string): string {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return (hash >>> 0).toString(16).padStart(checksumLength, '0');
}
