/** Sets money aside for a job and for a call of its own, says so, and waits to be killed. */
import { writeSync } from 'node:fs';
import { openFileLedger } from 'farthing';
import { claimsOf, maxJournalBytes } from './ledger-claim.js';

const dir = process.argv[2] ?? '';
const run = Number(process.argv[3]);
const ledger = await openFileLedger({ dir, maxJournalBytes });
const hold = { claims: [claimsOf(run)[0]], amountNanoUsd: 1000 };
await ledger.reserve({ ...hold, id: `job-${run}`, ttlMs: 86_400_000, lasting: true });
await ledger.reserve({ ...hold, id: `call-${run}`, ttlMs: 86_400_000 });
writeSync(1, 'reserved\n');
setInterval(() => {}, 60_000);
