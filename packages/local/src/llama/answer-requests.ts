import { LocalError } from '../local-error.js';
import { createEmbedder } from './embedder.js';
import { createMachineShare } from './machine-share.js';
import type { Asked, ChildSettings, ToChild } from './messages.js';
import { openModel } from './open-model.js';
import { createOutbox } from './outbox.js';
import { createRunner } from './run-request.js';
import { failureOf, say } from './say.js';

/** Opens the model, says that it is loaded, and answers requests for as long as the process lives. @throws LocalError */
export async function answerRequests(settings: ChildSettings): Promise<void> {
  const open = await openModel(settings);
  const share = createMachineShare(() => performance.now(), processorMs);
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

  const answer = async (message: Asked, signal: AbortSignal): Promise<void> => {
    const { id } = message;
    if (message.kind === 'generate')
      await runner.run(message.request, (piece) => !signal.aborted && outbox.put(id, piece), signal);
    else if (message.kind === 'embed') await answerEmbed(message, signal);
    else say({ kind: 'count', id, tokens: runner.render(message.prompt).tokens.length });
  };
  const answerEmbed = async ({ id, texts }: Extract<Asked, { kind: 'embed' }>, signal: AbortSignal): Promise<void> => {
    const leave = share.enter();
    try {
      const result = await embed(texts, signal);
      say({ kind: 'embeddings', id, ...result, work: leave() });
    } catch (error) {
      leave();
      throw error;
    }
  };
  const start = async (message: Asked): Promise<void> => {
    const controller = new AbortController();
    running.set(message.id, controller);
    try {
      await answer(message, controller.signal);
    } catch (error) {
      outbox.flush();
      say({ kind: 'failed', id: message.id, ...failureOf(error) });
    } finally {
      running.delete(message.id);
      outbox.forget(message.id);
    }
  };

  process.on('message', (message: ToChild) => {
    if (message.kind === 'abort')
      running.get(message.id)?.abort(new LocalError('shutting_down', 'The request was aborted.'));
    else if (message.kind !== 'ping' && message.kind !== 'open') void start(message);
  });
  say({ kind: 'loaded', facts: open.facts, warnings: open.warnings });
}

function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
