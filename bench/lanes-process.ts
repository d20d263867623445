/**
 * The loopback provider with a capacity, in a process of its own. Prints its base URL; each line that it reads is a new
 * capacity: `{ "slots": 8, "most": 16 }`.
 */
import { createInterface } from 'node:readline';
import { startProvider } from '@farthing/testkit';

const [, , slots = '16', most = '32', medianMs = '100', spread = '0.2'] = process.argv;
let state = 1;
/** The same latencies in each run. */
const random = (): number => {
  state = (state * 48_271) % 2_147_483_647;
  return state / 2_147_483_647;
};
const serviceMs = (): number => {
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return Number(medianMs) * Math.exp(Number(spread) * normal);
};
const provider = await startProvider({
  counting: 'length',
  record: false,
  capacity: { slots: Number(slots), most: Number(most), serviceMs },
});
console.log(provider.openaiBaseURL);
createInterface({ input: process.stdin }).on('line', (line) => {
  provider.changeCapacity({ ...(JSON.parse(line) as { slots: number; most: number }), serviceMs });
});
