const picoPerNano = 1000n;

/**
 * Lets so many that share a bill pay whole nano-dollars, the ledger's unit, but for the last, who takes what is left over:
 * rounded one by one, their parts then sum to the bill, rounded once. Each pays within a nano-dollar of its own part.
 * @returns to be asked once by each, with its part in pico-dollars
 */
export function createEvenOut(sharers: number): (costPicoUsd: bigint) => bigint {
  let left = sharers;
  let carried = 0n;
  return (costPicoUsd) => {
    const owed = costPicoUsd + carried;
    left--;
    carried = left > 0 ? owed % picoPerNano : 0n;
    return owed - carried;
  };
}
