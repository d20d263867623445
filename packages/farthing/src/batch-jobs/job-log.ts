import { crc32, fileSystem } from '../platform.js';

/** Where a value stands in a log. In bytes. */
export interface Place {
  readonly at: number;
  readonly bytes: number;
}

/** An append-only file of values, each on a line with its checksum. */
export interface JobLog {
  /** Hands a value to the kernel: a killed process does not lose it. @throws Error where it can't be written, and then it is not there */
  readonly append: (value: unknown) => Place;
  readonly read: (place: Place) => unknown;
  /** Waits for the disk: a power cut does not lose what was appended. */
  readonly sync: () => void;
  readonly close: () => void;
}

const newline = 10;
const checksumLength = 8;
const chunkBytes = 1 << 20;

/**
 * Opens a log, made if it is missing, readable by its owner alone. A torn last line, as a killed process leaves it, is
 * cut off.
 * @param each is told every value, first to last; the file is never in memory as a whole
 * @throws Error when a line before the last is damaged, which no crash does
 */
export function openJobLog(path: string, each: (value: unknown, place: Place) => void): JobLog {
  const fs = fileSystem();
  const file = fs.openSync(path, fs.constants.O_RDWR | fs.constants.O_CREAT, 0o600);
  let end: number;
  try {
    end = scan(file, path, each);
    fs.ftruncateSync(file, end);
  } catch (error) {
    fs.closeSync(file);
    throw error;
  }
  let closed = false;
  // The number of a closed file may be another file's by now.
  const open = (): void => {
    if (closed) throw new Error(`Batch job: expected ${path} to be open, got a job that was closed. Open it again.`);
  };
  return {
    append: (value) => {
      open();
      const text = JSON.stringify(value);
      const bytes = Buffer.byteLength(text);
      // One buffer for the line: what is not on the heap is freed late.
      const data = Buffer.allocUnsafe(checksumLength + 1 + bytes + 1);
      data.write(text, checksumLength + 1);
      data.write(`${checksum(data.subarray(checksumLength + 1, -1))} `);
      data[data.length - 1] = newline;
      try {
        for (let done = 0; done < data.length; ) done += fs.writeSync(file, data, done, data.length - done, end + done);
      } catch (cause) {
        fs.ftruncateSync(file, end);
        const reason = cause instanceof Error ? cause.message : String(cause);
        throw new Error(`Batch job: expected to append to ${path}, got ${reason}. Free space on the disk and go on.`, {
          cause,
        });
      }
      const place = { at: end + checksumLength + 1, bytes };
      end += data.length;
      return place;
    },
    read: ({ at, bytes }) => {
      open();
      const data = Buffer.allocUnsafe(bytes);
      for (let done = 0; done < bytes; ) {
        const got = fs.readSync(file, data, done, bytes - done, at + done);
        if (got === 0) throw damaged(path, at);
        done += got;
      }
      return JSON.parse(data.toString());
    },
    sync: () => {
      open();
      fs.fsyncSync(file);
    },
    close: () => {
      if (!closed) fs.closeSync(file);
      closed = true;
    },
  };
}

/** Tells every whole line; answers where they end. */
function scan(file: number, path: string, each: (value: unknown, place: Place) => void): number {
  const fs = fileSystem();
  const { size } = fs.fstatSync(file);
  let start = 0;
  let rest = Buffer.alloc(0);
  for (let read = 0; read < size; ) {
    const chunk = Buffer.allocUnsafe(Math.min(chunkBytes, size - read));
    const got = fs.readSync(file, chunk, 0, chunk.length, read);
    if (got === 0) break;
    read += got;
    const data = rest.length === 0 ? chunk.subarray(0, got) : Buffer.concat([rest, chunk.subarray(0, got)]);
    let from = 0;
    for (let to = data.indexOf(newline); to >= 0; to = data.indexOf(newline, from)) {
      const json = data.subarray(from + checksumLength + 1, to);
      if (data.toString('latin1', from, from + checksumLength) !== checksum(json)) {
        if (start + to + 1 - from >= size) return start;
        throw damaged(path, start);
      }
      each(JSON.parse(json.toString()), { at: start + checksumLength + 1, bytes: json.length });
      start += to + 1 - from;
      from = to + 1;
    }
    rest = data.subarray(from);
  }
  return start;
}

function checksum(bytes: Uint8Array): string {
  return crc32(bytes).toString(16).padStart(checksumLength, '0');
}

function damaged(path: string, byte: number): Error {
  return new Error(
    `Batch job: expected a whole file, got a damaged line at byte ${byte} of ${path}. It was changed by something else, or the disk failed: restore it from a backup.`,
  );
}
