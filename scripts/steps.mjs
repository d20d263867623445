import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The package manager, at the version that the lockfile was written with: a fresh machine needs only Node and npm. */
const pnpm = ['--yes', 'pnpm@10.34.8'];

const oldestNode = [20, 19];
const root = fileURLToPath(new URL('..', import.meta.url));
const windows = process.platform === 'win32';
const interrupts = ['SIGINT', 'SIGTERM'];

/** Ends the process with advice when Node is too old. */
export function requireNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1])) return;
  console.error(
    `Expected Node >= ${oldestNode.join('.')}, got ${process.versions.node}. Install a newer one from https://nodejs.org.`,
  );
  process.exit(1);
}

/**
 * Runs a program in the root of the repository, with `env` on top of ours; resolves with its exit code. What has not
 * ended after `limitMs` is killed with all that it started: a test that spins can't be stopped in any milder way.
 */
export function run(program, args, { env = {}, stdio = 'inherit', limitMs } = {}) {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd: root,
      env: { ...process.env, ...quiet, ...env },
      // A process group of its own may not read from the terminal.
      stdio: limitMs === undefined ? stdio : ['ignore', 'inherit', 'inherit'],
      detached: limitMs !== undefined && !windows,
      // npm's programs are scripts there, which need a shell.
      shell: windows && program !== process.execPath,
    });
    const kill = () => (windows ? child.kill() : process.kill(-child.pid, 'SIGKILL'));
    const limit = limitMs === undefined ? undefined : setTimeout(tooLong, limitMs);
    function tooLong() {
      console.error(`Expected ${program} to end within ${limitMs / 1000} s, but it did not: killed.`);
      kill();
    }
    if (limit) for (const signal of interrupts) process.once(signal, kill);
    const end = (code) => {
      clearTimeout(limit);
      for (const signal of interrupts) process.off(signal, kill);
      resolve(code);
    };
    child.on('error', (error) => {
      console.error(`Could not run ${program}: ${error.message}`);
      end(1);
    });
    child.on('close', (code) => end(code ?? 1)); // no code: a signal ended it
  });
}

/** Runs a program that a dependency of the root brought along. */
export function runTool(name, args, options) {
  return run(join('node_modules', '.bin', name), args, options);
}

/** Runs the package manager. */
export function runPnpm(args, options) {
  return run('npx', [...pnpm, ...args], options);
}

/** Installs exactly what the lockfile names; `more` narrows it to a part of the workspace. */
export function install(more = []) {
  return runPnpm([
    'install',
    '--frozen-lockfile',
    '--prefer-offline',
    '--reporter=append-only',
    '--loglevel=warn',
    ...more,
  ]);
}

/** Whether anything has been installed yet. */
export function isInstalled() {
  return existsSync(new URL('../node_modules/.bin/tsx', import.meta.url));
}

/**
 * No tool reports home, looks for updates of itself, or lets a dependency's install script fetch anything; and what an
 * `npx -p node@22` around us was told to install is no business of the `npx` that we run.
 */
const quiet = {
  npm_config_call: undefined,
  npm_config_package: undefined,
  NO_UPDATE_NOTIFIER: '1',
  ONNXRUNTIME_NODE_INSTALL: 'skip',
  TURBO_NO_UPDATE_NOTIFIER: '1',
  TURBO_TELEMETRY_DISABLED: '1',
  npm_config_loglevel: 'error',
};
