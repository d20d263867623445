/**
 * Submits a nightly job and reads its results, until it is killed in the middle of a write. Arguments: a directory, the
 * provider's URL, whose it is, the write to die at (0: none), and whether half of that write or all of it is done.
 */
import fs from 'node:fs';
import { join } from 'node:path';
import { nightlyGate, nightlyRequests, readNightly, type Side } from './batch-jobs-nightly.js';

const [dir = '', url = '', side = 'openai', dieAt = '0', how = 'half'] = process.argv.slice(2);
type Write = (fd: number, data: Buffer, offset?: number, length?: number, at?: number | null) => number;
const write = fs.writeSync as Write; // the one form that journals call
let writes = 0;
const dying: Write = (fd, data, offset = 0, length = data.length - offset, at = null) => {
  if (++writes === Number(dieAt)) {
    write(fd, data, offset, how === 'half' ? Math.floor(length / 2) : length, at);
    process.kill(process.pid, 'SIGKILL');
  }
  return write(fd, data, offset, length, at);
};
Object.assign(fs, { writeSync: dying });

/** Writes after which the provider was asked for something before the next one. */
const askedAfter = new Set<number>();
const { fetch } = globalThis;
globalThis.fetch = (...request) => {
  askedAfter.add(writes);
  return fetch(...request);
};

const taken = fs.openSync(join(dir, 'taken.txt'), 'a');
const { gate, batches } = await nightlyGate(dir, url, side as Side); // told so by the test
const job = await batches.submit(nightlyRequests(side as Side), { name: 'nightly' });
await readNightly(
  job,
  (line) => void write(taken, Buffer.from(line), 0, line.length),
  () => fs.readFileSync(join(dir, 'taken.txt'), 'utf8'),
);
const { spentNanoUsd, heldNanoUsd } = await gate.balance('nightly');
await gate.close();
process.stdout.write(
  JSON.stringify({
    writes,
    askedAfter: [...askedAfter],
    spentNanoUsd,
    heldNanoUsd,
    costNanoUsd: job.progress().costNanoUsd,
  }),
);
