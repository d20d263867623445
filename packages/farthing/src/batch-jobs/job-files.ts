import { lockDirectory } from '../directory-lock.js';
import { fileSystem, paths, randomId } from '../platform.js';
import type { JobEvent } from './job-event.js';
import { openJobLog, type Place } from './job-log.js';
import { addAnswer, addRequest, applyEvent, emptyState, type JobState } from './job-state.js';
import type { StoredAnswer } from './stored-answer.js';
import type { StoredRequest } from './stored-request.js';

/** A job on the disk, and how it stands. Everything is written first and carried out then. */
export interface JobFiles {
  readonly state: JobState;
  readonly tell: (event: JobEvent) => void;
  readonly addRequest: (request: StoredRequest) => void;
  readonly addAnswer: (answer: StoredAnswer) => void;
  readonly request: (index: number) => StoredRequest;
  readonly answer: (place: Place) => StoredAnswer;
  readonly close: () => void;
  /** Closes and deletes them. */
  readonly remove: () => void;
}

/** What must not be lost to a power cut either: behind these, money may be spent that nobody else knows of. */
const synced: ReadonlySet<JobEvent['type']> = new Set(['opened', 'accepted', 'creating', 'created', 'cancelled']);

/**
 * Opens the files of a job, made if they are missing, for one process at a time.
 * @throws Error when another process works on the job, or a file is damaged; it says what to do
 */
export async function openJobFiles(dir: string): Promise<JobFiles> {
  const fs = fileSystem();
  fs.mkdirSync(dir, { recursive: true, mode: 0o700 });
  const lock = await lockDirectory(dir, 'Batch job');
  const state = emptyState();
  const closing: (() => void)[] = [lock.release];
  const close = (): void => {
    for (const each of closing.splice(0).reverse()) each();
  };
  const open = <Value>(name: string, add: (value: Value, place: Place) => void) => {
    // The cast: a checksum says that each line is one of ours.
    const log = openJobLog(paths().join(dir, name), (value, place) => add(value as Value, place));
    closing.push(log.close);
    return log;
  };
  try {
    // In this order: a request finds its answer there, and an event the requests that it is about.
    const answers = open<StoredAnswer>('answers.jsonl', (answer, place) => addAnswer(state, answer, place));
    const requests = open<StoredRequest>('requests.jsonl', (request, place) => addRequest(state, request, place));
    const events = open<JobEvent>('events.jsonl', (event) => applyEvent(state, event));
    return {
      state,
      tell: (event) => {
        events.append(event);
        if (synced.has(event.type)) for (const log of [requests, answers, events]) log.sync();
        applyEvent(state, event);
      },
      addRequest: (request) => addRequest(state, request, requests.append(request)),
      addAnswer: (answer) => addAnswer(state, answer, answers.append(answer)),
      request: (index) => {
        const entry = state.entries[index];
        if (!entry) throw new Error(`Batch job: expected request ${index} in ${dir}, got ${state.entries.length}.`);
        return requests.read(entry.place) as StoredRequest; // written by `addRequest`
      },
      answer: (place) => answers.read(place) as StoredAnswer, // written by `addAnswer`
      close,
      remove: () => {
        // Under the lock to a name that no job has: another process may take this one as soon as it is free.
        const gone = paths().join(paths().dirname(dir), `.gone-${randomId()}`);
        fs.renameSync(dir, gone);
        close();
        fs.rmSync(gone, { recursive: true, force: true });
      },
    };
  } catch (error) {
    close();
    throw error;
  }
}
