/**
 * Money is integers. A price is pico-dollars per token (`bigint`), a cost is summed in pico-dollars, and it is rounded
 * half up once, to nano-dollars: the ledger's unit, an exact integer in a double up to $9 million.
 */

/** An amount of money in nano-dollars (10⁻⁹ USD), a safe integer. Make one with {@link usd}. */
export type NanoUsd = number;

const nanoPerUsd = 1_000_000_000n;
const picoPerNano = 1000n;
const maxNano = BigInt(Number.MAX_SAFE_INTEGER);

/**
 * An amount in US dollars, as nano-dollars.
 *
 * @param amount a decimal string (`'0.02'`) or an integer number of dollars. A fraction as a number is refused, since
 *   `0.1 + 0.2` is not `0.3`.
 * @throws TypeError when it is neither, has more than nine decimals, or passes what a double holds exactly.
 * @example usd('0.02') // 20_000_000
 */
export function usd(amount: string | number): NanoUsd {
  if (typeof amount === 'number') {
    if (!Number.isInteger(amount))
      throw new TypeError(
        `Expected usd() to get a decimal string or an integer, got the number ${amount}. Write usd('${amount}').`,
      );
    return toSafe(BigInt(amount) * nanoPerUsd, amount);
  }
  const match = typeof amount === 'string' ? /^(-?)(\d+)(?:\.(\d{1,9}))?$/.exec(amount) : null;
  if (!match)
    throw new TypeError(
      `Expected usd() to get a decimal string with at most nine decimals, such as '0.02', got ${typeof amount === 'string' ? `'${amount}'` : typeof amount}.`,
    );
  const [, sign, whole = '0', fraction = ''] = match;
  const nano = BigInt(whole) * nanoPerUsd + BigInt(fraction.padEnd(9, '0'));
  return toSafe(sign ? -nano : nano, amount);
}

function toSafe(nano: bigint, given: string | number): NanoUsd {
  const value = Number(nano);
  if (!Number.isSafeInteger(value)) throw new TypeError(`Expected usd() to get at most 9007199 dollars, got ${given}.`);
  return value;
}

/** Pico-dollars as nano-dollars, rounded half up (away from zero at the half). The one place where money is rounded. */
export function roundToNanoUsd(picoUsd: bigint): NanoUsd {
  const negative = picoUsd < 0n;
  const nano = ((negative ? -picoUsd : picoUsd) + picoPerNano / 2n) / picoPerNano;
  const value = toBookable(nano);
  return negative && value !== 0 ? -value : value;
}

/** Pico-dollars as nano-dollars, rounded up: for upper bounds. */
export function ceilToNanoUsd(picoUsd: bigint): NanoUsd {
  return toBookable((picoUsd + picoPerNano - 1n) / picoPerNano);
}

/** What passes the ledger's unit ($9 million) stands at its end: no budget has room for it either way. */
function toBookable(nano: bigint): NanoUsd {
  return nano > maxNano ? Number.MAX_SAFE_INTEGER : Number(nano);
}

/** A decimal dollar string of an amount in nano-dollars, without rounding: `formatUsd(20_000_000) === '0.02'`. */
export function formatUsd(nanoUsd: NanoUsd): string {
  return formatDecimal(BigInt(nanoUsd), 9);
}

/** A decimal dollar string of an amount in pico-dollars, without rounding. */
export function formatPicoUsd(picoUsd: bigint): string {
  return formatDecimal(picoUsd, 12);
}

function formatDecimal(amount: bigint, decimals: number): string {
  const digits = (amount < 0n ? -amount : amount).toString().padStart(decimals + 1, '0');
  const fraction = digits.slice(-decimals).replace(/0+$/, '');
  return `${amount < 0n ? '-' : ''}${digits.slice(0, -decimals)}${fraction ? `.${fraction}` : ''}`;
}
