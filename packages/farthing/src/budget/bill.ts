import type { Call, Completion } from '../call.js';
import type { AnswerReading, CountTokens } from '../dialects/dialect.js';
import { costOfReading } from '../pricing/cost.js';
import type { Cost, Price, PriceBook } from '../pricing/price.js';
import { noUsage, type Usage } from '../pricing/usage.js';
import { contextOf, estimate } from './estimate.js';

/** What a leg turned out to cost, and how that is known. */
export interface Bill {
  readonly usage: Usage | undefined;
  /** `undefined`: the price is not known. */
  readonly cost: Cost | undefined;
  /** The bill is not known: it stands at the bound. */
  readonly assumed: boolean;
}

/** What billing needs beside the answer. */
export interface Biller {
  readonly priceBook: PriceBook;
  readonly price: Price | undefined;
  readonly count: CountTokens | undefined;
  readonly nowMs: number;
}

const nothing: Bill = {
  usage: noUsage,
  cost: { totalPicoUsd: 0n, parts: {}, unpriced: [], basis: 'computed' },
  assumed: false,
};

/**
 * The bill of an answer. The provider's own usage decides; a stream that was cut off is billed for its input and for
 * what was generated; where neither is told, the bill is assumed at its bound. Errors are not billed by any provider.
 */
export function billOf(call: Call, completion: Completion, biller: Biller): Bill {
  if (completion.httpStatus >= 400) return nothing;
  const { answer } = completion;
  const reading = answer?.reading;
  if (completion.status === 'complete' && answer?.ended && reading) {
    return { usage: reading.usage, cost: priceReading(call, answer, reading, biller), assumed: false };
  }
  const usage =
    answer && (call.requested.stream || completion.status !== 'complete')
      ? usageOfCutOff(call, answer, biller)
      : undefined;
  if (usage && answer) {
    const cost = priceReading(call, answer, { usage, unaccounted: [] }, biller);
    return { usage, cost: cost && { ...cost, basis: 'estimated' }, assumed: false };
  }
  return assumedBill(call, biller.price);
}

/** What the same answer would have cost at the base rate, where the call left by a door that is cheaper. */
export function billAtBaseRate(call: Call, completion: Completion, biller: Biller): Cost | undefined {
  return billOf({ ...call, doorTier: 'default' }, completion, biller).cost;
}

/** The bill of a call whose answer nobody saw: what the request can cost at most, by the closest bound that is known. */
export function assumedBill(call: Call, price: Price | undefined, heldNanoUsd?: number): Bill {
  if (!price) return { usage: undefined, cost: undefined, assumed: true };
  const { measure, amountNanoUsd } = estimate(call, price);
  // What the request does not bound may have used up all that was set aside for it.
  const bound = measure.bounded ? Math.min(heldNanoUsd ?? amountNanoUsd, amountNanoUsd) : heldNanoUsd;
  return assumedAt(bound ?? amountNanoUsd);
}

/** A bill whose cost is a part of one that others share; what was moved is in its largest part. */
export function evened(bill: Bill, evenOut: (costPicoUsd: bigint) => bigint): Bill {
  if (!bill.cost) return bill;
  const { totalPicoUsd: total, parts } = bill.cost;
  const totalPicoUsd = evenOut(total);
  const [largest] = Object.entries(parts).toSorted(([, a], [, b]) => (a < b ? 1 : -1));
  if (!largest || totalPicoUsd === total) return bill;
  const [name, amount] = largest;
  return { ...bill, cost: { ...bill.cost, totalPicoUsd, parts: { ...parts, [name]: amount + totalPicoUsd - total } } };
}

/** A bill that stands at an amount; without one, a bill that is not known. */
export function assumedAt(amountNanoUsd: number | undefined): Bill {
  if (amountNanoUsd === undefined) return { usage: undefined, cost: undefined, assumed: true };
  const totalPicoUsd = BigInt(amountNanoUsd) * 1000n;
  return {
    usage: undefined,
    cost: { totalPicoUsd, parts: { assumed: totalPicoUsd }, unpriced: [], basis: 'assumed' },
    assumed: true,
  };
}

function priceReading(
  call: Call,
  answer: AnswerReading,
  reading: NonNullable<AnswerReading['reading']>,
  { priceBook, price, nowMs }: Biller,
): Cost | undefined {
  const { provider } = call;
  // What was served is what is billed; a served name that no price fits is one more spelling of what was asked.
  const find = (model: string | undefined): Price | undefined =>
    model === undefined ? undefined : priceBook.find({ provider, model, atMs: nowMs });
  const named = find(answer.model);
  // A price of the user's own for what was asked holds for every snapshot that is served under another name.
  const served = price?.own && !named?.own ? price : (named ?? price);
  const asked = contextOf(call);
  const context = {
    serviceTier: call.doorTier ?? answer.serviceTier ?? reading.serviceTier ?? asked.serviceTier,
    geo: reading.geo ?? asked.geo,
  };
  return costOfReading(reading, (model) => find(model) ?? (model === undefined ? served : undefined), context);
}

/**
 * What a stream used that was cut off, or whose usage was never told: the input that the provider told, or our estimate;
 * the output that was seen. A model that reasons in the dark may have generated more, so nothing is guessed for it.
 */
function usageOfCutOff(call: Call, answer: AnswerReading, { price, count }: Biller): Usage | undefined {
  const told = answer.reading?.usage;
  if (price?.reasoning && call.dialect.mayReason(call.body)) return undefined;
  const text = answer.outputText();
  const seen = count ? count(text) : Math.ceil(Buffer.byteLength(text) / 3);
  if (told) return { ...told, outputTokens: Math.max(told.outputTokens, seen) };
  const { bound } = call.dialect.measure(call.body, { count });
  return { ...noUsage, inputTokens: bound.inputTokens, outputTokens: seen };
}
