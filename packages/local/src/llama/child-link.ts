import { type ChildProcess, fork } from 'node:child_process';
import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { EngineFacts } from '../engine.js';
import { LocalError } from '../local-error.js';
import { watchChild } from './child-watch.js';
import type { ChildSettings, FromChild, ToChild } from './messages.js';

/** One process that runs a model, from its start to its end. */
export interface ChildLink {
  readonly pid: number | undefined;
  readonly loaded: Promise<Extract<FromChild, { kind: 'loaded' }>>;
  readonly facts: () => EngineFacts | undefined;
  readonly send: (message: ToChild) => void;
  /** Whether it keeps our own process alive. */
  readonly hold: (held: boolean) => void;
  /** Ends it, and resolves once its memory is given back. */
  readonly close: () => Promise<void>;
}

interface LinkListener {
  /** Told of everything but `loaded` and `unusable`. */
  readonly onMessage: (message: FromChild) => void;
  /** Told once, with why. */
  readonly onEnd: (failure: LocalError) => void;
}

/** Starts the process. */
export function openChildLink(settings: ChildSettings, { onMessage, onEnd }: LinkListener): ChildLink {
  const child = fork(program.path, [], {
    execArgv: program.execArgv,
    // It serves nobody but us.
    env: { ...process.env, FARTHING_LOCAL_TOKEN: undefined },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  // Read, so that it does not fill; not passed on, since it may hold a prompt.
  child.stderr?.resume();

  let facts: EngineFacts | undefined;
  let closing = false;
  const send = (message: ToChild): void => {
    if (child.connected) child.send(message, () => {}); // what is lost is told by its end
  };
  send({ kind: 'open', settings });
  let stuck = false;
  const watch = watchChild({
    ask: () => send({ kind: 'ping' }),
    stuck: () => {
      stuck = true;
      child.kill('SIGKILL');
    },
  });
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  const loaded = new Promise<Extract<FromChild, { kind: 'loaded' }>>((resolve, reject) => {
    let unusable: LocalError | undefined;
    child.on('message', (message: FromChild) => {
      watch.heard();
      if (message.kind === 'loaded') {
        facts = message.facts;
        resolve(message);
      } else if (message.kind === 'unusable') unusable = new LocalError(message.code, message.message, message);
      else if (message.kind !== 'pong') onMessage(message);
    });
    let failed = false;
    const fail = (reason: string): void => {
      if (failed) return;
      failed = true;
      watch.end();
      const failure = unusable ?? (closing ? unloaded() : crashed(stuck ? 'it answered nothing for a minute' : reason));
      reject(failure);
      onEnd(failure);
    };
    // Each time: one that nobody listens to would end the application.
    child.on('error', (error) => fail(error.message));
    child.once('exit', (code, signal) => fail(signal === null ? `exit code ${code}` : signal));
  });
  loaded.catch(() => {});

  return {
    pid: child.pid,
    loaded,
    facts: () => facts,
    send,
    hold: (held) => {
      watch.hold(held);
      holdChild(child, held);
    },
    close: async () => {
      closing = true;
      holdChild(child, true);
      // Nothing of it outlives it, so there is nothing to wait for.
      child.kill('SIGKILL');
      await ended;
    },
  };
}

function crashed(reason: string): LocalError {
  return new LocalError(
    'engine_crashed',
    `Expected the process that runs the model to stay alive, but it ended (${reason}). It is started again; ask again.`,
    { retryAfterSeconds: 1 },
  );
}

function unloaded(): LocalError {
  return new LocalError(
    'shutting_down',
    'Expected the model to stay loaded, but it was unloaded. Ask again to load it.',
  );
}

/** A process, its channel and its stream of errors each keep the event loop going by themselves. */
function holdChild(child: ChildProcess, held: boolean): void {
  const stream = child.stderr as Socket | null; // a pipe to a process is a socket
  for (const each of [child, child.channel, stream]) {
    if (held) each?.ref();
    else each?.unref();
  }
}

/** The program beside this file: built, or the source itself, which needs a loader. */
const program = import.meta.url.endsWith('.ts')
  ? { path: fileURLToPath(new URL('./llama-child.ts', import.meta.url)), execArgv: ['--import', 'tsx'] }
  : { path: fileURLToPath(new URL('./llama-child.js', import.meta.url)), execArgv: [] };
