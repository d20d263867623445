import type { Call, Fact } from '../call.js';
import type { JointEmbeddings } from '../dialects/joint-embeddings.js';
import { parseObject } from '../dialects/json.js';
import type { Lane } from '../lanes/lane-options.js';
import { NotSent } from '../not-sent.js';
import type { Seat } from './seat.js';
import { brokenReply, type JointAnswer, sameReply, seatReplies, unusableReply } from './seat-reply.js';

/** How seats are sent. */
export interface JointRequestParts {
  readonly form: JointEmbeddings;
  readonly lane: Lane;
  /** Told of each request as it goes out. */
  readonly onRequest: (kind: 'first' | 'split') => void;
}

/** How it went. */
export interface Outcome {
  /** Every caller stayed and got vectors. */
  readonly allWell: boolean;
  /** The most inputs that one request was answered for. */
  readonly largest: number;
  /** They were refused together: it is their number if all were well one by one. */
  readonly refused: boolean;
  /** A joint request broke the server, or the way to it: one of its inputs may have. */
  readonly broke: boolean;
}

const nothing: Outcome = { allWell: true, largest: 0, refused: false, broke: false };

/**
 * Sends seats as one request and gives each its own part of the answer. Where the provider refuses the request for what is
 * in it, each half is tried by itself, until a bad input stands alone and its caller gets the provider's own word; the
 * others lose nothing. For n seats, at most 2 log₂ n more requests for each that is bad. Never rejects.
 */
export async function sendSeats(seats: readonly Seat[], parts: JointRequestParts, isSplit = false): Promise<Outcome> {
  const here = seats.filter((seat) => seat.isTaken());
  // Who left meanwhile is in no request of those that follow, and owes nothing for the refused ones.
  for (const seat of seats) if (!seat.isTaken()) seat.fail(new NotSent(undefined));
  const [first, second] = here;
  if (!first) return nothing;
  parts.onRequest(isSplit ? 'split' : 'first');
  if (!second) return sendAlone(first);
  const answer = await ask(here, first, parts);
  if (!answer) return { ...nothing, allWell: false, broke: here.some((seat) => seat.isTaken()) };
  if (parts.form.blamesInput(answer.completion.httpStatus, answer.text)) {
    const middle = Math.ceil(here.length / 2);
    const halves = await Promise.all(
      [here.slice(0, middle), here.slice(middle)].map((half) => sendSeats(half, parts, true)),
    );
    return {
      allWell: halves.every((half) => half.allWell) && here.every((seat) => seat.isTaken()),
      largest: Math.max(...halves.map((half) => half.largest)),
      refused: true,
      broke: halves.some((half) => half.broke),
    };
  }
  try {
    return share(here, first.call, answer, parts.form);
  } catch (error) {
    // Whatever a server answers, each caller is told something; a second word to the same one does nothing.
    for (const seat of here) seat.answer(brokenReply(answer.reply, error));
    return { ...nothing, allWell: false };
  }
}

async function sendAlone(seat: Seat): Promise<Outcome> {
  // The caller's own bytes, headers and signal: what comes back is its own in every respect.
  seat.goAlone();
  try {
    const reply = await seat.next(seat.call);
    seat.answer(reply);
    if (!reply.whole) await reply.completion;
    return { ...nothing, allWell: reply.response.ok, largest: reply.response.ok ? seat.inputs.length : 0 };
  } catch (error) {
    seat.fail(error);
    return { ...nothing, allWell: false };
  }
}

/** The answer, read to its end; `undefined` where none came, and all have been told. */
async function ask(
  seats: readonly Seat[],
  first: Seat,
  { form, lane }: JointRequestParts,
): Promise<JointAnswer | undefined> {
  const upstream = new AbortController();
  for (const seat of seats)
    seat.depart(() => {
      if (seats.every((each) => !each.isTaken())) upstream.abort(seat.call.signal?.reason);
    });
  const giveUp = (error: unknown): undefined => {
    for (const seat of seats) seat.fail(error);
  };
  try {
    const reply = await first.next(jointCall(seats, first.call, form, lane, upstream.signal));
    try {
      const text = await reply.response.text();
      return { reply, text, completion: await reply.completion };
    } catch (error) {
      for (const seat of seats) seat.answer(brokenReply(reply, error));
    }
  } catch (error) {
    giveUp(error);
  }
  return undefined;
}

function share(seats: readonly Seat[], { dialect }: Call, answer: JointAnswer, form: JointEmbeddings): Outcome {
  if (!answer.reply.response.ok) return sameForAll(seats, answer);
  const loads = seats.map(({ inputs, likely, most }) => ({ inputs: inputs.length, likely, most }));
  const found = form.split(answer.text, loads);
  if (found) {
    const replyWith = seatReplies(answer, dialect, seats.length);
    for (const [at, part] of found.entries()) seats[at]?.answer(replyWith(part));
    const inputs = loads.reduce((sum, load) => sum + load.inputs, 0);
    return { ...nothing, allWell: seats.every((seat) => seat.isTaken()), largest: inputs };
  }
  const json = parseObject(answer.text);
  if (json && !form.holdsVectors(json)) return sameForAll(seats, answer);
  const owed = json && form.usageOnly(json, loads);
  for (const [at, seat] of seats.entries()) seat.answer(unusableReply(dialect, owed?.[at]));
  // A server that takes lists and does not answer by them is asked for one at a time.
  return json ? { ...nothing, largest: 1, refused: true } : { ...nothing, allWell: false };
}

function sameForAll(seats: readonly Seat[], answer: JointAnswer): Outcome {
  for (const seat of seats) seat.answer(sameReply(answer));
  return { ...nothing, allWell: false, broke: answer.reply.response.status === 500 };
}

/** One call in the place of many. */
function jointCall(seats: readonly Seat[], first: Call, form: JointEmbeddings, lane: Lane, signal: AbortSignal): Call {
  const body = form.join(
    first.body,
    seats.flatMap((seat) => seat.inputs),
  );
  return {
    ...first,
    body,
    bodyText: JSON.stringify(body),
    signal,
    options: { ...first.options, lane, tags: commonTags(seats) },
    startedAtMs: Math.min(...seats.map((seat) => seat.call.startedAtMs)),
    note: (fact: Fact) => {
      for (const seat of seats) if (seat.isTaken()) seat.call.note(fact);
    },
  };
}

/** Tags that all have: what is stopped or ruled by them holds for all. */
function commonTags(seats: readonly Seat[]): Readonly<Record<string, string>> {
  const [first, ...others] = seats.map((seat) => seat.call.options.tags ?? {});
  return Object.fromEntries(
    Object.entries(first ?? {}).filter(([tag, value]) => others.every((tags) => tags[tag] === value)),
  );
}
