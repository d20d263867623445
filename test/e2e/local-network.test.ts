import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { createServer, isIP } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { testModels } from '@farthing/testkit/gguf';
import { afterEach, describe, expect, it } from 'vitest';
import { modelFolder, modelProcesses } from './local-kit.js';

const folder = modelFolder();
const model = testModels(folder);
const here = (name: string): URL => new URL(name, import.meta.url);
const isLinux = existsSync('/proc/self/net/tcp');

interface Note {
  readonly pid: number;
  readonly what: string;
  readonly detail: string;
}

/** A socket of TCP or UDP as the system tells of it: its own address, and whether it listens. */
interface Socket {
  readonly pid: number;
  readonly address: string;
  readonly listens: boolean;
}

const running: (() => void)[] = [];
afterEach(() => {
  for (const end of running.splice(0)) end();
});

/** Starts the program with the hook in it and in all that it starts. */
async function start(mode: string, port = 0) {
  const log = join(folder, `${mode}.log`);
  const program = spawn(
    process.execPath,
    [
      '--conditions=farthing-source',
      '--import',
      'tsx',
      fileURLToPath(here('local-network-child.ts')),
      mode,
      model.path,
      `${port}`,
    ],
    {
      env: {
        ...process.env,
        NODE_OPTIONS: `--import ${here('network-hook.mjs')}`,
        FARTHING_NETWORK_LOG: log,
      },
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  );
  running.push(() => program.kill('SIGKILL'));
  const exited = once(program, 'exit');
  const line = await Promise.race([once(program.stdout, 'data'), exited]);
  const { pid } = program;
  if (pid === undefined || program.exitCode !== null) throw new Error('Expected the program to run, but it ended.');
  const processes = (): number[] => [pid, ...modelProcesses(pid)];
  return {
    pid,
    said: String(line[0]).trim(),
    processes,
    sockets: () => processes().flatMap(socketsOf),
    /** Ends it. @returns what it and its children tried */
    end: async (): Promise<readonly Note[]> => {
      program.stdin.end();
      expect(await exited).toEqual([0, null]);
      const lines = readFileSync(log, 'utf8').trim().split('\n');
      // The hook writes nothing else.
      return lines.map((each) => JSON.parse(each) as Note);
    },
  };
}

/** What a process has open on the network, by the system's own account. */
function socketsOf(pid: number): Socket[] {
  const own = new Set(
    readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? [];
      } catch {
        return []; // it was closed meanwhile
      }
    }),
  );
  return ['tcp', 'tcp6', 'udp', 'udp6', 'raw'].flatMap((kind) => {
    const path = `/proc/${pid}/net/${kind}`;
    const rows = existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n').slice(1) : [];
    return rows.flatMap((row) => {
      const [, address = '', , state, , , , , , inode = ''] = row.trim().split(/\s+/);
      return own.has(inode) ? [{ pid, address, listens: state === '0A' }] : [];
    });
  });
}

/** What is the network's: pipes, other processes and the lookup of what is an address already are not. */
const onNetwork = (notes: readonly Note[]): readonly Note[] =>
  notes.filter(
    ({ what, detail }) =>
      !['start', 'spawn'].includes(what) && !detail.startsWith('path ') && !(what === 'lookup' && isIP(detail)),
  );

describe('a model in process', () => {
  it('opens no connection and no port, neither here nor in its own process', async () => {
    const program = await start('run');
    const seen = program.processes();
    expect(seen).toHaveLength(isLinux ? 2 : 1);
    for (let each = 0; isLinux && each < 20; each += 1) {
      expect(program.sockets()).toEqual([]);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const notes = await program.end();
    expect(onNetwork(notes)).toEqual([]);
    // Both were watched, and nothing else was started that could do it for them.
    const started = new Set(notes.filter(({ what }) => what === 'start').map(({ pid }) => pid));
    for (const pid of seen) expect(started).toContain(pid);
    const spawned = notes.filter(({ what }) => what === 'spawn').map(({ detail }) => detail);
    expect(spawned[0]).toMatch(/^\S*node .*llama-child/);
    // The binding may try in another process whether its library loads.
    for (const command of spawned.slice(1)) expect(command).toMatch(/^\S*node .*testBindingBinary/);
  });

  it('listens on loopback alone where it is served', async () => {
    const program = await start('serve');
    const port = Number(program.said);
    if (isLinux) {
      const address = `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`;
      expect(program.sockets()).toEqual([{ pid: program.pid, address, listens: true }]);
    }
    const health = await fetch(`http://127.0.0.1:${port}/health`, { headers: { connection: 'close' } });
    expect(health.status).toBe(200);
    const notes = onNetwork(await program.end());
    expect(notes).toMatchObject([{ pid: program.pid, what: 'listen', detail: expect.stringMatching(/127\.0\.0\.1/) }]);
  });
});

describe('this watch itself', () => {
  it('sees a program that does connect', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    running.push(() => server.close());
    const address = server.address();
    const port =
      typeof address === 'object' && address !== null ? address.port : expect.unreachable('Expected a port.');
    const program = await start('connect', port);
    if (isLinux) expect(program.sockets()).toMatchObject([{ pid: program.pid, listens: false }]);
    expect(onNetwork(await program.end())).toMatchObject([{ pid: program.pid, what: 'connect' }]);
  });
});
