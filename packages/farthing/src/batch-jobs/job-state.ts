import type { JobEvent } from './job-event.js';
import type { Place } from './job-log.js';
import { fromRanges } from './ranges.js';
import type { StoredAnswer } from './stored-answer.js';
import type { StoredRequest } from './stored-request.js';

/** What is kept in memory of a request: its text stays on the disk. */
export interface Entry {
  readonly place: Place;
  readonly id: string;
  readonly digest: string;
  readonly model: string;
  /** How many bytes its body takes. */
  readonly bytes: number;
  /** How many texts it asks to embed; 1 for all else. */
  readonly inputs: number;
  /** The place of the request whose answer it gets. */
  readonly sameAs: number | undefined;
  stands: 'waiting' | 'away' | 'done';
  /** How often it was sent. */
  attempts: number;
}

/** One batch of a job, on its way. */
export interface PartState {
  readonly index: number;
  readonly token: string;
  readonly requests: readonly number[];
  stage: 'planned' | 'prepared' | 'creating' | 'created' | 'over';
  prepared: string | undefined;
  /** When its creation was first tried, and last. Epoch milliseconds. */
  sinceMs: number;
  triedMs: number;
  batch: string | undefined;
}

/** How a job stands: what its files say, replayed. Only {@link applyEvent}, {@link addRequest} and {@link addAnswer} change it. */
export interface JobState {
  opened: Extract<JobEvent, { type: 'opened' }> | undefined;
  /** How many requests it has, once all are there. */
  total: number | undefined;
  readonly entries: Entry[];
  readonly parts: PartState[];
  /** Answers in the order in which they came. */
  readonly answers: Place[];
  /** Answers by the place of their request. */
  readonly answerOf: Map<number, Place>;
  /** Requests that get the answer of another, by its place. */
  readonly followers: Map<number, number[]>;
  delivered: number;
  cancelled: boolean;
  readonly counts: Record<StoredAnswer['outcome'], number>;
  cached: number;
  shared: number;
  costNanoUsd: number;
}

/** A job of which nothing is known. */
export function emptyState(): JobState {
  return {
    opened: undefined,
    total: undefined,
    entries: [],
    parts: [],
    answers: [],
    answerOf: new Map(),
    followers: new Map(),
    delivered: 0,
    cancelled: false,
    counts: { answered: 0, failed: 0, denied: 0, expired: 0, cancelled: 0 },
    cached: 0,
    shared: 0,
    costNanoUsd: 0,
  };
}

/** Takes a request in. Its answer may be there before it, where a cache had one. */
export function addRequest(state: JobState, request: StoredRequest, place: Place): void {
  const index = state.entries.length;
  const sameAs = typeof request.fate === 'number' ? request.fate : undefined;
  state.entries.push({
    place,
    id: request.id,
    digest: request.digest,
    model: request.model,
    bytes: Buffer.byteLength(request.sent ?? request.body),
    inputs: request.inputs ?? 1,
    sameAs,
    stands: state.answerOf.has(index) ? 'done' : 'waiting',
    attempts: 0,
  });
  if (sameAs === undefined) return;
  const others = state.followers.get(sameAs);
  if (others) others.push(index);
  else state.followers.set(sameAs, [index]);
}

/** Takes an answer in; a second one for the same request is left out. */
export function addAnswer(state: JobState, answer: StoredAnswer, place: Place): void {
  if (state.answerOf.has(answer.index)) return;
  state.answerOf.set(answer.index, place);
  state.answers.push(place);
  state.counts[answer.outcome]++;
  if (answer.source === 'exact' || answer.source === 'semantic') state.cached++;
  if (answer.source === 'coalesced') state.shared++;
  state.costNanoUsd += answer.costNanoUsd ?? 0;
  const entry = state.entries[answer.index];
  if (entry) entry.stands = 'done';
}

/** Carries an event out. */
export function applyEvent(state: JobState, event: JobEvent): void {
  switch (event.type) {
    case 'opened':
      state.opened = event;
      return;
    case 'accepted':
      state.total = event.total;
      return;
    case 'planned':
      plan(state, fromRanges(event.requests));
      return;
    case 'delivered':
      state.delivered = event.count;
      return;
    case 'cancelled':
      state.cancelled = true;
      return;
    default:
      advance(state, partOf(state, event.part), event);
  }
}

function plan(state: JobState, requests: readonly number[]): void {
  const index = state.parts.length;
  const token = `farthing_${state.opened?.token}_${index.toString(36).padStart(4, '0')}`;
  const untried = { prepared: undefined, sinceMs: 0, triedMs: 0, batch: undefined };
  state.parts.push({ index, token, requests, stage: 'planned', ...untried });
  for (const entry of entriesOf(state, requests)) {
    entry.attempts++;
    if (entry.stands === 'waiting') entry.stands = 'away';
  }
}

function advance(state: JobState, part: PartState, event: Extract<JobEvent, { part: number }>): void {
  switch (event.type) {
    case 'prepared':
      part.stage = 'prepared';
      part.prepared = event.prepared;
      return;
    case 'creating':
      part.sinceMs = part.stage === 'creating' ? part.sinceMs : event.atMs;
      part.triedMs = event.atMs;
      part.stage = 'creating';
      return;
    case 'uncreated':
      part.stage = 'prepared';
      return;
    case 'created':
      part.stage = 'created';
      part.batch = event.batch;
      return;
    case 'ended':
      part.stage = 'over';
      for (const entry of entriesOf(state, fromRanges(event.again))) {
        if (event.uncounted) entry.attempts--;
        if (entry.stands === 'away') entry.stands = 'waiting';
      }
      return;
    default:
      event satisfies never;
  }
}

function entriesOf(state: JobState, indices: readonly number[]): readonly Entry[] {
  return indices.flatMap((index) => state.entries[index] ?? []);
}

function partOf(state: JobState, index: number): PartState {
  const part = state.parts[index];
  if (!part) throw new Error(`Batch job: expected part ${index} in the job's files, got ${state.parts.length} parts.`);
  return part;
}
