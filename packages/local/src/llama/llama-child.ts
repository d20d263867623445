/** The process that runs a model. It lives as long as the channel to the process that started it. */
import { LocalError } from '../local-error.js';
import type { ChildSettings, ToChild } from './messages.js';
import { failureOf, say } from './say.js';

// At once, whatever native code is at: an orderly exit waits for it. Who started us may be gone before we listen.
process.once('disconnect', die);
if (!process.connected) die();
// A terminal interrupts both; the other one may still want to finish.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => {});

// From the start: what the model's file makes it do while it is loaded may have no end.
const settings = new Promise<ChildSettings>((resolve) => {
  process.on('message', (message: ToChild) => {
    if (message.kind === 'ping') say({ kind: 'pong' });
    else if (message.kind === 'open') resolve(message.settings);
  });
});

try {
  // Nothing that needs the binding is imported before it is known to be there.
  await import('node-llama-cpp').catch((error: unknown) => {
    const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : '';
    throw new LocalError(
      'model_unavailable',
      `Expected the package node-llama-cpp to be there, but it can't be imported${code}. Install it: \`npm install node-llama-cpp@3.22.1\`.`,
    );
  });
  const { answerRequests } = await import('./answer-requests.js');
  await answerRequests(await settings);
} catch (error) {
  say({ kind: 'unusable', ...failureOf(error) });
  process.disconnect?.();
}

function die(): void {
  process.kill(process.pid, 'SIGKILL');
}
