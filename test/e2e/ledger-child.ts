/** Reserves, settles and releases at random until it is killed, and says what was acknowledged, line by line. */
import { writeSync } from 'node:fs';
import { openFileLedger } from 'farthing';
import { claimsOf, maxJournalBytes } from './ledger-claim.js';

const dir = process.argv[2] ?? '';
const run = Number(process.argv[3]);
const ledger = await openFileLedger({ dir, maxJournalBytes });
writeSync(1, 'open\n');
let serial = 0;

async function worker(): Promise<never> {
  for (;;) {
    const id = `${run}-${serial++}`;
    const amount = 1 + Math.floor(Math.random() * 1000);
    const result = await ledger.reserve({ id, claims: claimsOf(run), amountNanoUsd: amount, ttlMs: 60_000 });
    if (!result.granted) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      continue;
    }
    writeSync(1, `reserve ${id} ${amount}\n`);
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 3));
    if (Math.random() < 0.2) {
      await ledger.release(id);
      writeSync(1, `release ${id} 0\n`);
    } else {
      const cost = Math.floor(Math.random() * amount);
      await ledger.settle(id, cost);
      writeSync(1, `settle ${id} ${cost}\n`);
    }
  }
}

await Promise.all(Array.from({ length: 50 }, worker));
