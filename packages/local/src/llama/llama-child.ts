/** The process that runs a model. It lives as long as the channel to the process that started it. */
import { isLocalError, LocalError } from '../local-error.js';
import { createEmbedder } from './embedder.js';
import { createMachineShare } from './machine-share.js';
import type { ChildSettings, Failure, FromChild, ToChild } from './messages.js';
import { openModel } from './open-model.js';
import { createOutbox } from './outbox.js';
import { createRunner } from './run-request.js';

process.once('disconnect', () => process.exit());
// A terminal interrupts both; the other one may still want to finish.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => {});

function say(message: FromChild): void {
  if (process.connected) process.send?.(message);
}

/** The binding's own words may hold a prompt: only ours are passed on. */
function failureOf(error: unknown): Failure {
  if (isLocalError(error))
    return { code: error.code, message: error.message, ...(error.param !== undefined && { param: error.param }) };
  const name = error instanceof Error ? error.name : typeof error;
  return { code: 'engine_failed', message: `Expected an answer from the model, got an error (${name}).` };
}

try {
  // Ours: the process that starts us wrote it.
  const settings = JSON.parse(process.argv[2] ?? '') as ChildSettings;
  const open = await openModel(settings);
  const share = createMachineShare(
    () => performance.now(),
    () => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1000;
    },
  );
  const runner = createRunner(open, {
    share,
    random: Math.random,
    ...(settings.chatTemplate !== undefined && { chatTemplate: settings.chatTemplate }),
  });
  const embed = createEmbedder(open.model, {
    contextTokens: Math.min(open.facts.contextTokens, open.model.trainContextSize),
    threads: open.facts.threads ?? 1,
  });
  const outbox = createOutbox(say);
  const running = new Map<number, AbortController>();

  const handlers = {
    generate: async ({ id, request }: Extract<ToChild, { kind: 'generate' }>, signal: AbortSignal) =>
      runner.run(request, (piece) => !signal.aborted && outbox.put(id, piece), signal),
    embed: async ({ id, texts }: Extract<ToChild, { kind: 'embed' }>, signal: AbortSignal) => {
      const leave = share.enter();
      let work: ReturnType<typeof leave> | undefined;
      const result = await embed(texts, signal).finally(() => {
        work = leave();
      });
      say({ kind: 'embeddings', id, ...result, work: work ?? { machineMs: 0, cpuMs: 0 } });
    },
    count: async ({ id, prompt }: Extract<ToChild, { kind: 'count' }>) =>
      say({ kind: 'count', id, tokens: runner.render(prompt).tokens.length }),
  };

  const start = async (message: Exclude<ToChild, { kind: 'abort' }>): Promise<void> => {
    const controller = new AbortController();
    running.set(message.id, controller);
    try {
      if (message.kind === 'generate') await handlers.generate(message, controller.signal);
      else if (message.kind === 'embed') await handlers.embed(message, controller.signal);
      else await handlers.count(message);
    } catch (error) {
      outbox.flush();
      say({ kind: 'failed', id: message.id, ...failureOf(error) });
    } finally {
      running.delete(message.id);
    }
  };

  process.on('message', (message: ToChild) => {
    if (message.kind === 'abort')
      running.get(message.id)?.abort(new LocalError('shutting_down', 'The request was aborted.'));
    else void start(message);
  });
  say({ kind: 'loaded', facts: open.facts, warnings: open.warnings });
} catch (error) {
  say({ kind: 'unusable', ...failureOf(error) });
  process.disconnect?.();
}
