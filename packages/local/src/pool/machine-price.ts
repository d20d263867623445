import type { Work } from '../engine.js';

/** Pico-dollars for an hour of a machine. */
export type MachineHour = bigint;

const picoUsdInUsd = 12;

/** @param usd dollars as a decimal string with at most 12 decimals @throws TypeError */
export function parseMachineHour(usd: unknown, option: string): MachineHour {
  const match = typeof usd === 'string' ? /^(\d{1,9})(?:\.(\d{1,12}))?$/.exec(usd) : null;
  if (!match)
    throw new TypeError(
      `createLocal: expected \`${option}\` to be dollars as a decimal string, such as '0.40', got ${typeof usd === 'string' ? `'${usd.slice(0, 24)}'` : typeof usd}.`,
    );
  return BigInt(`${match[1]}${(match[2] ?? '').padEnd(picoUsdInUsd, '0')}`);
}

/** What a share of the machine costs, in pico-dollars, rounded half up once. */
export function costOfWork(work: Work, hour: MachineHour): bigint {
  const nanoseconds = BigInt(Math.max(0, Math.round(work.machineMs * 1_000_000)));
  return (hour * nanoseconds * 2n + nanosecondsInHour) / (nanosecondsInHour * 2n);
}

/**
 * The price of a million tokens at this speed, in dollars, rounded up: the upper bound that a budget sets aside, where one
 * request has the whole machine.
 */
export function pricePerMillion(tokensPerSecond: number, hour: MachineHour): string {
  const nanoseconds = BigInt(Math.ceil(1e15 / tokensPerSecond));
  const pico = (hour * nanoseconds + nanosecondsInHour - 1n) / nanosecondsInHour;
  const micro = (pico + 999_999n) / 1_000_000n;
  const digits = micro.toString().padStart(7, '0');
  return `${digits.slice(0, -6)}.${digits.slice(-6)}`;
}

const nanosecondsInHour = 3_600_000_000_000n;
