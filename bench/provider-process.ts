/** The loopback provider in a process of its own, so that a benchmark does not measure its work. Prints its base URL. */
import { startProvider } from '@farthing/testkit';

const provider = await startProvider({ counting: 'length', record: false });
console.log(provider.openaiBaseURL);
