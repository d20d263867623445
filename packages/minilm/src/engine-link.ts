import { type ChildProcess, fork } from 'node:child_process';
import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { EngineSettings } from './engine.js';
import type { Answer, Batch, Request } from './messages.js';
import type { EngineName } from './options.js';
import type { EmbedderWarning } from './warnings.js';

/** How long a process may take to end when asked to. */
const closeMs = 2000;

/** One process that embeds, from its start to its end. */
export interface EngineLink {
  readonly ready: Promise<EngineName>;
  readonly run: (texts: readonly string[]) => Promise<Batch>;
  readonly hold: (held: boolean) => void;
  readonly close: () => Promise<void>;
}

/** Who is told what becomes of the process. */
interface LinkListener {
  readonly warn: (warning: EmbedderWarning) => void;
  /** Told once. `crashed`: native code took it down. */
  readonly onEnd: (failure: Error, wasReady: boolean, crashed: boolean) => void;
}

/** Starts the process. */
export function openLink(settings: EngineSettings, { warn, onEnd }: LinkListener): EngineLink {
  const child = fork(program.path, [JSON.stringify(settings)], {
    execArgv: program.execArgv,
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let complaint = '';
  child.stderr?.on('data', (data: Buffer) => {
    complaint = (complaint + data.toString('utf8')).slice(-500);
  });

  let isReady = false;
  let closing = false;
  let serial = 0;
  let waiting: { readonly resolve: (batch: Batch) => void; readonly reject: (error: Error) => void } | undefined;
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  const ready = new Promise<EngineName>((resolve, reject) => {
    let unusable: string | undefined;
    child.on('message', (answer: Answer) => {
      if (answer.kind === 'ready') {
        isReady = true;
        for (const warning of answer.warnings) warn(warning);
        resolve(answer.engine);
      } else if (answer.kind === 'unusable') unusable = answer.message;
      else if (answer.serial === serial && answer.kind === 'batch') waiting?.resolve(answer);
      else if (answer.serial === serial && answer.kind === 'failed') waiting?.reject(new Error(answer.message));
    });
    child.on('error', (error) => fail(error.message, false));
    child.once('exit', (code, signal) =>
      fail(unusable ?? `its process ended (${signal ?? code}) ${complaint}`.trim(), !closing && isCrash(code, signal)),
    );
    let failed = false;
    function fail(reason: string, crashed: boolean): void {
      if (failed) return;
      failed = true;
      const failure = new Error(`MiniLM can't embed: ${reason}`);
      onEnd(failure, isReady, crashed);
      waiting?.reject(failure);
      reject(failure);
    }
  });

  return {
    ready,
    run: async (texts) => {
      try {
        return await new Promise<Batch>((resolve, reject) => {
          waiting = { resolve, reject };
          const request: Request = { serial: ++serial, texts };
          child.send(request, (error) => error && reject(new Error(`MiniLM can't embed: ${error.message}`)));
        });
      } finally {
        waiting = undefined;
      }
    },
    hold: (held) => holdChild(child, held),
    close: async () => {
      closing = true;
      if (child.connected) child.disconnect();
      const timer = setTimeout(() => child.kill('SIGKILL'), closeMs);
      await ended;
      clearTimeout(timer);
    },
  };
}

/** Whether native code took the process down, and nobody from outside. */
function isCrash(code: number | null, signal: NodeJS.Signals | null): boolean {
  const crashes: readonly (string | null)[] = ['SIGABRT', 'SIGBUS', 'SIGFPE', 'SIGILL', 'SIGSEGV'];
  return crashes.includes(signal) || (code !== null && code >= 0xc0000000); // so Windows numbers them
}

/** A process, its channel and its stream of errors each keep the event loop going by themselves. */
function holdChild(child: ChildProcess, held: boolean): void {
  const stream = child.stderr as Socket | null; // a pipe to a process is a socket
  if (held) {
    child.ref();
    child.channel?.ref();
    stream?.ref();
  } else {
    child.unref();
    child.channel?.unref();
    stream?.unref();
  }
}

/** The program beside this file: built, or the source itself, which needs a loader. */
const program = import.meta.url.endsWith('.ts')
  ? { path: fileURLToPath(new URL('./engine-child.ts', import.meta.url)), execArgv: ['--import', 'tsx'] }
  : { path: fileURLToPath(new URL('./engine-child.js', import.meta.url)), execArgv: [] };
