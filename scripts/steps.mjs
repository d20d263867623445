import { spawn } from 'node:child_process';

/** The package manager, at the version that the lockfile was written with: a fresh machine needs only Node and npm. */
export const pnpm = ['--yes', 'pnpm@10.34.8'];

const oldestNode = [20, 19];

/** Ends the process with advice when Node is too old. */
export function requireNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1])) return;
  console.error(
    `Expected Node >= ${oldestNode.join('.')}, got ${process.versions.node}. Install a newer one from https://nodejs.org.`,
  );
  process.exit(1);
}

/** Runs a program; resolves with its exit code. On Windows, npm's programs are scripts that need a shell. */
export function run(program, args, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      stdio: 'inherit',
      shell: process.platform === 'win32' && program !== process.execPath,
      ...options,
    });
    child.on('error', (error) => {
      console.error(`Could not run ${program}: ${error.message}`);
      resolve(1);
    });
    child.on('close', (code, signal) => resolve(code ?? (signal ? 1 : 0)));
  });
}

/** Installs exactly what the lockfile names; `more` narrows it to a part of the workspace. */
export function install(more = []) {
  return run(
    'npx',
    [...pnpm, 'install', '--frozen-lockfile', '--prefer-offline', '--reporter=append-only', '--loglevel=warn', ...more],
    { env: quietEnv() },
  );
}

/** No install script of a dependency may fetch anything by itself. */
function quietEnv() {
  return { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip', TURBO_TELEMETRY_DISABLED: '1', NO_UPDATE_NOTIFIER: '1' };
}
