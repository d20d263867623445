/**
 * The only file that reaches for Node. Everything else uses web standards, so that another runtime needs one file.
 * Built-in modules are asked for through `process.getBuiltinModule`, not imported: an edge bundler then builds, and
 * the first use says plainly what is missing.
 */
import type { AsyncLocalStorage } from 'node:async_hooks';

function builtin<Name extends 'node:crypto' | 'node:async_hooks' | 'node:fs' | 'node:path' | 'node:zlib'>(
  name: Name,
): NonNullable<ReturnType<typeof process.getBuiltinModule<Name>>> {
  const found = globalThis.process?.getBuiltinModule?.(name);
  if (!found)
    throw new Error(
      `Expected ${name}, got a runtime without it. Farthing needs Node >= 20.19 (or Bun, or Deno with Node built-ins).`,
    );
  return found as NonNullable<ReturnType<typeof process.getBuiltinModule<Name>>>; // the overload set narrows by name only at the call site
}

/** SHA-256 of a text, base64url, 43 characters. */
export function sha256(text: string): string {
  return builtin('node:crypto').hash('sha256', text, 'base64url');
}

/** A number in [0, 1) that a text always gives, and that tells nothing of it: a coin without a memory. */
export function fractionOf(text: string): number {
  return Buffer.from(builtin('node:crypto').hash('sha256', text, 'hex').slice(0, 12), 'hex').readUIntBE(0, 6) / 2 ** 48;
}

/** HMAC-SHA-256 of a text, base64url. */
export function hmacSha256(key: string, text: string): string {
  return builtin('node:crypto').createHmac('sha256', key).update(text).digest('base64url');
}

/** Whether two strings are equal, in time that does not tell where they differ. */
export function equalInConstantTime(left: string, right: string): boolean {
  const [a, b] = [Buffer.from(left), Buffer.from(right)];
  return a.length === b.length && builtin('node:crypto').timingSafeEqual(a, b);
}

/** 128 random bits, hexadecimal: ids that collide with nothing. */
export function randomId(): string {
  return builtin('node:crypto').randomUUID().replaceAll('-', '');
}

/** A secret of 256 random bits, base64url. */
export function randomSecret(): string {
  return builtin('node:crypto').randomBytes(32).toString('base64url');
}

/** A value that follows the asynchronous calls made inside `run`. */
export function asyncScope<Value>(): AsyncLocalStorage<Value> {
  return new (builtin('node:async_hooks').AsyncLocalStorage)<Value>();
}

/** CRC-32 of some bytes: tells torn and damaged data; not meant against anyone who wants to cheat. */
export function crc32(bytes: Uint8Array): number {
  return builtin('node:zlib').crc32(bytes);
}

/** The file system calls that durable parts need. */
export function fileSystem(): typeof import('node:fs') {
  return builtin('node:fs');
}

/** Path arithmetic of the machine's own kind. */
export function paths(): typeof import('node:path') {
  return builtin('node:path');
}

/** Who owns the files that this process makes; `undefined` where the system does not number its users. */
export function userId(): number | undefined {
  return process.getuid?.();
}

/**
 * Tells a process from a later one with the same id: the boot of the machine and the tick at which the process started.
 * Empty where the system does not say (not Linux, or gone).
 */
export function processStart(pid: number): string {
  const read = (path: string): string => fileSystem().readFileSync(path, 'utf8');
  try {
    const stat = read(`/proc/${pid}/stat`);
    // The program's name, in parentheses, may hold anything; the start is the twentieth field after it.
    const started = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
    return `${read('/proc/sys/kernel/random/boot_id').slice(0, 8)}-${started}`;
  } catch {
    return '';
  }
}

/** Whether a process with this id runs, as far as we may know. */
export function processAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as { code?: unknown }).code === 'EPERM'; // an error of the system has a code
  }
}
