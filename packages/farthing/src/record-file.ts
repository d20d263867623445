import type { AuditRecord } from './audit-record.js';
import type { CallRecord } from './call-record.js';
import type { RecordFileOptions } from './options.js';
import type { OutcomeRecord } from './outcome-record.js';
import { fileSystem, paths } from './platform.js';

/** A sink that writes each record as one JSON line; see {@link openRecordFile}. */
export interface RecordFile {
  readonly write: (record: CallRecord | AuditRecord | OutcomeRecord) => void;
}

const defaultMaxBytes = 64 * 1024 * 1024;
const defaultKeep = 5;

/**
 * Appends records to a file that only its owner can read. Each line is written before the call goes on, so that a
 * killed process loses none. A full file is moved to `path.1`, that one to `path.2`, and so on.
 *
 * @throws the file system's error when the file can't be written: the caller decides what that means
 */
export function openRecordFile({
  path,
  maxBytes = defaultMaxBytes,
  keep = defaultKeep,
}: RecordFileOptions): RecordFile {
  const fs = fileSystem();
  fs.mkdirSync(paths().dirname(path), { recursive: true });
  let bytes = fs.existsSync(path) ? fs.statSync(path).size : 0;

  const rotate = (): void => {
    if (keep === 0) fs.rmSync(path, { force: true });
    for (let number = keep; number >= 1; number--) {
      const from = number === 1 ? path : `${path}.${number - 1}`;
      if (fs.existsSync(from)) fs.renameSync(from, `${path}.${number}`);
    }
    bytes = 0;
  };

  return {
    write: (record) => {
      const line = `${encodeRecord(record)}\n`;
      const size = Buffer.byteLength(line);
      if (bytes > 0 && bytes + size > maxBytes) rotate();
      fs.appendFileSync(path, line, { mode: 0o600 });
      bytes += size;
    },
  };
}

/** A record as JSON; pico-dollars, which a JSON number does not hold exactly, become decimal strings. */
export function encodeRecord(record: CallRecord | AuditRecord | OutcomeRecord): string {
  return JSON.stringify(record, (_, value: unknown) => (typeof value === 'bigint' ? value.toString() : value));
}
