import { describe, expect, it } from 'vitest';
import { auditRecord } from '../audit-record.js';
import { type AuditOutcome, auditId } from './audit-outcome.js';
import type { Controller } from './controller.js';
import { controllerWith, type ErrorAt, goodFrom, never } from './controller.test-kit.js';
import type { ControllerOptions } from './controller-options.js';
import type { EvidenceSource } from './evidence-source.js';
import { type ReplaySummary, replayLog } from './log-replay.js';
import { seeded } from './seeded-random.js';

const source: EvidenceSource = { embedder: 'lexical', guard: 1, judge: 'own', scope: 'all' };
const evidence = 'source';

interface Logged {
  readonly controller: Controller;
  /** Records of calls and verdicts, as they came. */
  readonly log: Record<string, unknown>[];
}

/** A controller that has seen candidates with uniform scores, and the log of it. */
function logged(
  candidates: number,
  errorAt: ErrorAt,
  { seed = 7, run = 'first', ...options }: Partial<ControllerOptions> & { seed?: number } = {},
): Logged {
  const log: Record<string, unknown>[] = [];
  const time = { atMs: 1_000_000 };
  const controller = controllerWith({
    maxErrorRate: 0.05,
    ...options,
    run,
    now: () => time.atMs,
    onAudit: (outcome) => void log.push({ ...auditRecord(outcome, source) }),
  });
  const random = seeded(seed);
  for (let candidate = 0; candidate < candidates; candidate++) {
    time.atMs += 10;
    const score = random();
    const failed = random() < errorAt(score);
    const { audit } = controller.consider(score);
    log.push({
      id: `call_${run}_${candidate}`,
      purpose: 'call',
      time: new Date(time.atMs).toISOString(),
      semantic: { score, evidence, audit: audit && auditId({ run, number: audit.id }) },
    });
    if (audit) controller.label(audit, failed);
  }
  return { controller, log };
}

const replayInto = (
  controller: Controller,
  items: Iterable<unknown> | AsyncIterable<unknown>,
): Promise<ReplaySummary> => replayLog(items, { controller, source, evidence });
const fresh = (options: Partial<ControllerOptions> = {}): Controller =>
  controllerWith({ maxErrorRate: 0.05, run: 'second', now: () => 9_000_000, ...options });
const verdicts = (log: Logged['log']): Logged['log'] => log.filter(({ purpose }) => purpose === 'verdict');
const evidenceOf = (controller: Controller): unknown => {
  const { tests, strict, detector, counted } = controller.snapshot();
  return { tests, strict, detector, counted };
};
const shuffled = <Item>(items: readonly Item[], seed = 3): Item[] => {
  const random = seeded(seed);
  return items
    .map((item) => ({ item, at: random() }))
    .sort((one, other) => one.at - other.at)
    .map(({ item }) => item);
};

describe('a log', () => {
  it.each<[string, Partial<ControllerOptions>]>([
    ["assurance 'proven'", {}],
    ["assurance 'guarded'", { assurance: 'guarded', strictThreshold: 0.8 }],
  ])('gives another controller the evidence that its own one has: %s', async (_, options) => {
    const { controller, log } = logged(4000, goodFrom(0.5), options);
    const other = fresh(options);
    const summary = await replayInto(other, log);
    expect(summary).toEqual({
      read: log.length,
      counted: verdicts(log).length,
      duplicates: 0,
      refused: {},
    });
    expect(evidenceOf(other)).toEqual(evidenceOf(controller));
    expect(other.report()).toMatchObject({ state: 'proved', pending: 0 });
    expect(other.consider(0.95)).toMatchObject({ serve: true, proved: true });
  });

  it('says the same in any order, as lines, with lines twice and foreign ones between', async () => {
    const { log } = logged(3000, goodFrom(0.4));
    const [inOrder, mixed] = [fresh(), fresh()];
    await replayInto(inOrder, log);
    const lines = shuffled([...log, ...log]).map((record) => JSON.stringify(record));
    async function* told(): AsyncGenerator<unknown> {
      yield* ['', '{"torn', '17', 'null', '{"level":"info"}', '{"id":1,"time":"x","purpose":"verdict"}'];
      yield* lines;
    }
    const summary = await replayInto(mixed, told());
    expect(mixed.snapshot()).toEqual(inOrder.snapshot());
    expect(summary).toMatchObject({
      read: 6 + lines.length,
      duplicates: verdicts(log).length,
      refused: { foreign: 5 },
    });
  });

  it('counts once: again, after a live count, and after a restart', async () => {
    const { controller, log } = logged(3000, goodFrom(0.4));
    const other = fresh();
    await replayInto(other, log);
    const restarted = fresh({ run: 'third' });
    restarted.restore(JSON.parse(JSON.stringify(other.snapshot())));
    for (const each of [controller, other, restarted]) {
      const before = evidenceOf(each);
      expect(await replayInto(each, log)).toMatchObject({ counted: 0, duplicates: verdicts(log).length, refused: {} });
      expect(evidenceOf(each)).toEqual(before);
    }
  });

  it('counts once when it is handed in twice at the same time', async () => {
    const { controller, log } = logged(6000, never, { auditRates: { cruising: 1 } });
    const other = fresh();
    const [one, two] = await Promise.all([replayInto(other, log), replayInto(other, log)]);
    expect(one.counted + two.counted).toBe(verdicts(log).length);
    expect(evidenceOf(other)).toEqual(evidenceOf(controller));
  });

  it('brings back what a crash lost between the last write and the end', async () => {
    const whole = logged(3000, goodFrom(0.4));
    const half = logged(2000, goodFrom(0.4));
    const restarted = fresh({ run: 'third' });
    restarted.restore(JSON.parse(JSON.stringify(half.controller.snapshot())));
    const summary = await replayInto(restarted, whole.log);
    expect(summary).toMatchObject({
      counted: verdicts(whole.log).length - verdicts(half.log).length,
      duplicates: verdicts(half.log).length,
    });
    expect(evidenceOf(restarted)).toEqual(evidenceOf(whole.controller));
  });

  it('adds up over several gates', async () => {
    const [one, two] = [
      logged(2000, goodFrom(0.4), { run: 'one', seed: 1 }),
      logged(2000, goodFrom(0.4), { run: 'two', seed: 2 }),
    ];
    const other = fresh();
    const summary = await replayInto(other, shuffled([...one.log, ...two.log]));
    expect(summary.counted).toBe(verdicts(one.log).length + verdicts(two.log).length);
  });

  it('that speaks against what is served revokes it', async () => {
    const options = { assurance: 'guarded', strictThreshold: 0.8 } as const;
    const { log } = logged(3000, goodFrom(0.5), options);
    const { log: bad } = logged(4000, () => 0.5, { ...options, run: 'bad', random: () => 0 });
    const later = bad.map((record) => ({ ...record, time: new Date(Date.parse(String(record['time'])) + 60_000) }));
    const lines = [...log, ...later].map((record) => JSON.stringify(record));
    const other = fresh(options);
    await replayInto(other, lines);
    expect(other.report().epoch).toBeGreaterThan(0);
    expect(other.consider(0.9).serve).toBe(false);
  });

  it('changes nothing where it breaks off', async () => {
    const { log } = logged(3000, goodFrom(0.4));
    const other = fresh();
    const before = other.snapshot();
    function* breaking(): Generator<unknown> {
      yield* log;
      throw new Error('the disk');
    }
    await expect(replayInto(other, breaking())).rejects.toThrow('the disk');
    expect(other.snapshot()).toEqual(before);
  });
});

describe('what is no evidence', () => {
  it.each<[keyof EvidenceSource, EvidenceSource]>([
    ['embedder', { ...source, embedder: 'minilm' }],
    ['guard', { ...source, guard: 2 }],
    ['judge', { ...source, judge: 'default' }],
    ['scope', { ...source, scope: 'by tenant' }],
  ])('was made under another %s', async (part, changed) => {
    const { log } = logged(2000, never);
    const other = fresh();
    const summary = await replayLog(log, { controller: other, source: changed, evidence: 'changed' });
    expect(summary).toMatchObject({ counted: 0, refused: { [`other_${part}`]: verdicts(log).length } });
    expect(other.report()).toMatchObject({ audits: 0, scoresMissing: 300 });
  });

  it('stands behind one that is missing: a failure that is left out takes what follows with it', async () => {
    const { log } = logged(3000, (score) => (score < 0.4 ? 1 : 0.01));
    const all = verdicts(log);
    const left = all.findIndex(({ outcome, score }) => outcome === 'fail' && Number(score) >= 0.4);
    const other = fresh();
    const summary = await replayInto(
      other,
      log.filter((record) => record !== all[left]),
    );
    expect(summary).toMatchObject({ counted: left, refused: { gap: all.length - left - 1 } });
    // The whole log makes up for it.
    expect(await replayInto(other, log)).toMatchObject({ counted: all.length - left, duplicates: left });
  });

  it('stands at the end of a run whose first ones are missing', async () => {
    const { log } = logged(2000, never);
    const all = verdicts(log);
    const other = fresh();
    const left = log.filter((record) => !all.slice(0, 7).includes(record));
    expect(await replayInto(other, left)).toMatchObject({ counted: 0, refused: { gap: all.length - 7 } });
    expect(await replayInto(other, log)).toMatchObject({ counted: all.length, refused: {} });
  });

  it('is that of a process before a restart, and not that after it', async () => {
    const before = logged(2000, never, { run: 'before' });
    const told: unknown[] = [];
    const restarted = fresh({ run: 'after', onAudit: (outcome) => void told.push(auditRecord(outcome, source)) });
    restarted.restore(JSON.parse(JSON.stringify(before.controller.snapshot())));
    for (let candidate = 0; candidate < 500; candidate++) {
      const { audit } = restarted.consider(candidate / 500);
      if (audit) restarted.label(audit, false);
    }
    const other = fresh({ run: 'third' });
    const summary = await replayInto(other, [...before.log, ...told]);
    expect(summary).toMatchObject({ counted: verdicts(before.log).length + told.length, refused: {} });
    expect(told.length).toBeGreaterThan(0);
  });

  it('is dated ahead, and refuses nothing that is honest', async () => {
    const { log } = logged(3000, goodFrom(0.5), { assurance: 'guarded', strictThreshold: 0.8 });
    const { log: bad } = logged(4000, () => 0.5, { run: 'bad', random: () => 0 });
    const later = new Date(9_000_000 + 2 * 86_400_000).toISOString();
    const ahead = verdicts(bad).map((record) => ({ ...record, time: later }));
    const other = fresh({ assurance: 'guarded', strictThreshold: 0.8 });
    await replayInto(other, log.slice(0, 1000));
    const { counted, refused } = await replayInto(other, ahead);
    expect([counted, refused.too_new]).toEqual([0, ahead.length]);
    expect((await replayInto(other, log)).refused).toEqual({});
  });

  it('was given up at a revocation since, here', async () => {
    const { log } = logged(2000, goodFrom(0.4));
    const other = fresh({ assurance: 'guarded', strictThreshold: 0.2 });
    while (other.report().epoch === 0) {
      const { audit } = other.consider(0.3);
      if (audit) other.label(audit, true);
    }
    for (let candidate = 0; candidate < 300; candidate++) other.consider(candidate / 300);
    expect(await replayInto(other, log)).toMatchObject({
      counted: 0,
      refused: { before_revocation: verdicts(log).length },
    });
  });

  it('waits, where too few candidates are known to choose thresholds', async () => {
    const { log } = logged(1000, goodFrom(0.4));
    const other = fresh();
    const alone = verdicts(log);
    expect(await replayInto(other, alone)).toMatchObject({ counted: 0, refused: { no_thresholds: alone.length } });
    expect(other.report().scoresMissing).toBe(300);
    expect(await replayInto(other, log)).toMatchObject({ counted: verdicts(log).length, refused: {} });
  });

  it('is the worse of two verdicts that contradict each other', async () => {
    const { log } = logged(1000, never);
    const other = fresh();
    const last = verdicts(log).at(-1);
    await replayInto(other, [...log, { ...last, outcome: 'fail' }]);
    expect(other.snapshot().tests?.failures.some((count) => count > 0)).toBe(true);
  });

  it('is for no threshold below that from which on candidates were audited', async () => {
    const { log } = logged(1000, never);
    const other = fresh();
    const shifted = log.map((record) =>
      record['purpose'] === 'verdict' ? { ...record, score: 0.99, auditedFrom: 0.8 } : record,
    );
    await replayInto(other, shifted);
    const { grid = [], audits = [] } = other.snapshot().tests ?? {};
    const speaksFor = grid.map((threshold) => threshold >= 0.8);
    expect(audits.map((count) => count > 0)).toEqual(grid.map((threshold, at) => speaksFor[at] && threshold <= 0.99));
  });

  it('is for no threshold that its own score helped to choose', async () => {
    const { log } = logged(400, never, { assurance: 'guarded', strictThreshold: 0, random: () => 0 });
    const other = fresh({ assurance: 'guarded', strictThreshold: 0 });
    const summary = await replayInto(other, log);
    expect(summary.counted).toBe(400);
    expect(Math.max(...(other.snapshot().tests?.audits ?? []))).toBeLessThanOrEqual(100);
    expect(other.snapshot().strict.audits).toBe(400);
  });
});

describe('the promise', () => {
  /** Logs of traffic that is just above the rate, at every threshold: what is proved of it is proved wrongly. */
  const share = async (change: (log: Logged['log']) => readonly Record<string, unknown>[]): Promise<number> => {
    const runs = 100;
    let broken = 0;
    for (let run = 0; run < runs; run++) {
      const { log } = logged(1500, () => 0.0525, { random: seeded(run), seed: 1000 + run });
      const other = fresh();
      await replayInto(other, change(log));
      // What was proved wrongly may have been revoked again by the failures that followed.
      if (other.inForce().provedFrom !== Number.POSITIVE_INFINITY || other.report().epoch > 0) broken++;
    }
    return broken / runs;
  };
  const rank = { ok: 0, dropped: 1, fail: 2 } as const;
  const rankOf = (record: Record<string, unknown>): number =>
    rank[(record['outcome'] ?? 'ok') as AuditOutcome['outcome']];

  it('holds when all passes stand before all failures', async () => {
    expect(await share((log) => log.toSorted((one, other) => rankOf(one) - rankOf(other)))).toBeLessThanOrEqual(0.05);
  });

  it('holds when failures are left out', async () => {
    expect(await share((log) => log.filter((record) => rankOf(record) === 0))).toBeLessThanOrEqual(0.05);
  });
});
