import { fileSystem, paths } from '../platform.js';
import type { AccountsSnapshot, LedgerEvent } from './accounts.js';

/** An append-only file of events, and the snapshot it starts from. */
export interface Journal {
  /** Appends an event, or throws and leaves the file as it was. */
  readonly append: (event: LedgerEvent) => void;
  /** Whether the journal has grown so long that a new snapshot would pay. */
  readonly isLong: () => boolean;
  /** Starts a new generation from this state; a crash at any step leaves the old one or the new one whole. */
  readonly compact: (snapshot: AccountsSnapshot) => void;
  readonly close: () => void;
}

/** What a journal held when it was opened. */
export interface OpenedJournal {
  readonly journal: Journal;
  readonly snapshot: AccountsSnapshot | undefined;
  readonly events: readonly LedgerEvent[];
}

const maxBytes = 16 * 1024 * 1024;
const privateFile = 0o600;

/**
 * Opens the newest generation in a directory: `ledger-N.jsonl`, whose first line is a snapshot. Each line carries a
 * checksum. A torn last line, as a killed process leaves it, is cut off: it was never answered.
 *
 * @param sync whether each append waits for the disk (surviving a power cut) or only for the kernel (a killed process)
 * @throws Error when a line before the last is damaged, which no crash of ours does
 */
export function openJournal(dir: string, sync: boolean): OpenedJournal {
  const fs = fileSystem();
  const { join } = paths();
  const fileOf = (generation: number): string => join(dir, `ledger-${generation}.jsonl`);
  const generations = fs
    .readdirSync(dir)
    .flatMap((name) => /^ledger-(\d+)\.jsonl$/.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => b - a);
  let generation = generations[0] ?? 0;
  const read = generations.length === 0 ? { lines: [], bytes: 0 } : readLines(fileOf(generation));
  let file = fs.openSync(fileOf(generation), 'a', privateFile);
  if (generations.length > 0) fs.ftruncateSync(file, read.bytes);
  let bytes = read.bytes;
  let snapshotBytes = 0;

  const write = (to: number, text: string): void => {
    const data = Buffer.from(text);
    for (let done = 0; done < data.length; ) done += fs.writeSync(to, data, done);
    if (sync) fs.fsyncSync(to);
  };
  const [first, ...rest] = read.lines;
  const snapshot = first && 'snapshot' in first ? first.snapshot : undefined;
  return {
    snapshot,
    events: (snapshot ? rest : read.lines).flatMap((line) => ('event' in line ? [line.event] : [])),
    journal: {
      append: (event) => {
        const line = encodeLine({ event });
        try {
          write(file, line);
        } catch (error) {
          // Half a line in the middle of the file would damage it: cut it off again.
          fs.ftruncateSync(file, bytes);
          throw error;
        }
        bytes += Buffer.byteLength(line);
      },
      isLong: () => bytes > Math.max(maxBytes, 2 * snapshotBytes),
      compact: (state) => {
        const line = encodeLine({ snapshot: state });
        const draft = join(dir, 'ledger-next.tmp');
        fs.rmSync(draft, { force: true });
        const next = fs.openSync(draft, 'a', privateFile);
        write(next, line);
        fs.fsyncSync(next);
        fs.renameSync(draft, fileOf(generation + 1));
        const old = file;
        file = next;
        fs.closeSync(old);
        fs.rmSync(fileOf(generation), { force: true });
        generation++;
        bytes = Buffer.byteLength(line);
        snapshotBytes = bytes;
      },
      close: () => fs.closeSync(file),
    },
  };
}

type Line = { readonly event: LedgerEvent } | { readonly snapshot: AccountsSnapshot };

function encodeLine(line: Line): string {
  const json = JSON.stringify(line);
  return `${checksum(json)} ${json}\n`;
}

function readLines(path: string): { readonly lines: readonly Line[]; readonly bytes: number } {
  const text = fileSystem().readFileSync(path, 'utf8');
  const lines: Line[] = [];
  let bytes = 0;
  for (let from = 0; from < text.length; ) {
    const end = text.indexOf('\n', from);
    const line = text.slice(from, end < 0 ? undefined : end);
    const json = line.slice(9);
    const whole = end >= 0 && line.slice(0, 8) === checksum(json);
    if (!whole) {
      if (end < 0 || end === text.length - 1) break;
      throw new Error(
        `Ledger: expected a whole journal, got a damaged line at byte ${bytes} of ${path}. It was changed by something else, or the disk failed: restore it from a backup, or move it away to begin anew.`,
      );
    }
    lines.push(JSON.parse(json) as Line); // its checksum says that we wrote it
    bytes += Buffer.byteLength(line) + 1;
    from = end + 1;
  }
  return { lines, bytes };
}

/** FNV-1a over UTF-16 units, 32 bits: tells a torn line; not meant against anyone who wants to cheat. */
function checksum(text: string): string {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, '0');
}
