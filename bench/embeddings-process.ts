/**
 * Two loopback providers in a process of their own: one that serves any number of requests at once, each after so many
 * milliseconds, and one that serves so many at once. Prints their base URLs.
 */
import { startProvider } from '@farthing/testkit';

const [, , latencyMs = '20', slots = '16'] = process.argv;
const common = { counting: 'length', record: false } as const;
const unlimited = await startProvider({ ...common, latencyMs: Number(latencyMs) });
const limited = await startProvider({
  ...common,
  capacity: { slots: Number(slots), serviceMs: () => Number(latencyMs) },
});
console.log(JSON.stringify([unlimited.openaiBaseURL, limited.openaiBaseURL]));
