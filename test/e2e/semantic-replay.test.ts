import { createReadStream, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { AuditRecord, GateOptions } from 'farthing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asking, semantic, semanticGate, type Watched } from './semantic-kit.js';
import { sharedProvider, watchedGate } from './setup.js';

const shared = sharedProvider();
const ask = asking(shared);
const folder = mkdtempSync(join(tmpdir(), 'farthing-replay-'));
afterAll(() => rmSync(folder, { recursive: true }));

const path = join(folder, 'calls.jsonl');
const stateDir = join(folder, 'state');
const audited = { random: () => 0, maxErrorRate: 0.05, judge: async () => 'ok' as const };
const lines = (): string[] => readFileSync(path, 'utf8').split('\n');
const verdicts = (): AuditRecord[] =>
  lines()
    .filter((line) => line.includes('"purpose":"verdict"'))
    .map((line) => JSON.parse(line) as AuditRecord);
const known = ({ gate }: Watched): unknown => {
  const { state, audits, failures, threshold, provedThreshold } = gate.report().semantic ?? {};
  return { state, audits, failures, threshold, provedThreshold };
};
const started = async (one: Watched): Promise<Watched> => {
  await expect.poll(() => one.gate.report().semantic).toBeDefined();
  return one;
};

describe('a log', () => {
  let live: Watched;
  const told: AuditRecord[] = [];
  // Three hundred candidates choose the thresholds, and eighty clean audits prove one at 5 %.
  beforeAll(async () => {
    live = semanticGate({ ...audited, persist: { dir: stateDir } }, { records: { path } });
    live.gate.on('audit', (record) => told.push(record));
    await ask(live, 'How can I reset my password?');
    for (let call = 0; call < 420; call++) await ask(live, 'please, how can I reset my password');
    await live.gate.idle();
  }, 60_000);

  it('holds the verdict on each audited answer, without a word of it', () => {
    expect(verdicts().length).toBe(420);
    expect(told.map(({ id }) => id)).toEqual(verdicts().map(({ id }) => id));
    expect(verdicts()[0]).toEqual({
      purpose: 'verdict',
      id: live.records.find((record) => record.source === 'semantic')?.semantic?.audit,
      time: expect.stringMatching(/^\d{4}-.*Z$/),
      run: expect.stringMatching(/^[0-9a-f]{32}$/),
      number: 0,
      epoch: 0,
      score: expect.any(Number),
      auditedFrom: expect.any(Number),
      served: true,
      outcome: 'ok',
      embedder: expect.stringContaining('lexical'),
      guard: expect.any(Number),
      judge: 'own',
      scope: 'all',
    });
    expect(readFileSync(path, 'utf8')).not.toMatch(/password/i);
    expect(known(live)).toMatchObject({ provedThreshold: expect.any(Number), failures: 0 });
  });

  it('gives a new gate what was proved, once', async () => {
    const other = semanticGate(audited);
    const file = () => createInterface(createReadStream(path));
    expect(await other.gate.replayAudits(file())).toEqual({
      read: lines().length - 1,
      counted: 420,
      duplicates: 0,
      refused: {},
    });
    expect(known(other)).toEqual(known(live));
    const summary = await other.gate.replayAudits(file());
    expect(summary).toMatchObject({ counted: 0, duplicates: 420, refused: {} });
    expect(known(other)).toEqual(known(live));
    await ask(other, 'How can I reset my password?');
    await ask(other, 'please, how can I reset my password');
    expect(other.records.at(-1)?.semantic).toMatchObject({ served: true, proved: true });
  });

  it('takes records as they were told, in any order', async () => {
    const other = semanticGate(audited);
    const mixed = [...told, ...live.records].toSorted((one, two) => (one.id < two.id ? -1 : 1));
    expect(await other.gate.replayAudits(mixed)).toMatchObject({ counted: 420, refused: {} });
    expect(known(other)).toEqual(known(live));
  });

  it('adds nothing to the gate that wrote it, before and after a restart', async () => {
    expect(await live.gate.replayAudits(lines())).toMatchObject({ counted: 0, duplicates: 420 });
    const before = known(live);
    await live.gate.close();
    const again = await started(semanticGate({ ...audited, persist: { dir: stateDir } }));
    expect(known(again)).toEqual(before);
    expect(await again.gate.replayAudits(lines())).toMatchObject({ counted: 0, duplicates: 420 });
    expect(known(again)).toEqual(before);
    await again.gate.close();
  });

  it.each<[string, object, GateOptions]>([
    ['other_judge', { judge: undefined }, {}],
    ['other_embedder', { embedder: { ...semantic.embedder, id: 'another' } }, {}],
    ['other_scope', { shareModels: true }, {}],
  ])('is refused for %s', async (reason, more, options) => {
    const other = semanticGate({ ...audited, ...more }, options);
    expect(await other.gate.replayAudits(lines())).toMatchObject({ counted: 0, refused: { [reason]: 420 } });
    expect(other.gate.report().semantic).toMatchObject({ audits: 0, scoresMissing: 300 });
  });

  it('keeps the tag apart by which answers are', async () => {
    const other = watchedGate({ cache: { by: 'tenant', semantic: { ...semantic, ...audited } } });
    expect(await other.gate.replayAudits(lines())).toMatchObject({ counted: 0, refused: { other_scope: 420 } });
  });

  it('brings nothing behind a verdict that is missing', async () => {
    const other = semanticGate(audited);
    const missing = verdicts()[100]?.id ?? 'none';
    const left = lines().filter((line) => !line.includes(`"purpose":"verdict","id":"${missing}"`));
    expect(await other.gate.replayAudits(left)).toMatchObject({ counted: 100, refused: { gap: 319 } });
  });
});

it('rejects where the file of its lines is not there', async () => {
  const { gate } = semanticGate();
  const missing = createInterface(createReadStream(join(folder, 'none.jsonl')));
  await expect(gate.replayAudits(missing)).rejects.toThrow(/ENOENT/);
});

it.each<[string, unknown]>([
  ['a string', '{"purpose":"verdict"}'],
  ['undefined', undefined],
  ['an object that is none', {}],
])('takes no log that is %s', async (got, records) => {
  const wrong = records as string; // what JavaScript may hand in
  await expect(semanticGate().gate.replayAudits(wrong)).rejects.toThrow(
    new RegExp(`^gate.replayAudits: expected an iterable .*got (a )?${got.replace('a ', '')}`),
  );
});

it('wants a semantic cache to replay into', async () => {
  await expect(watchedGate({ cache: true }).gate.replayAudits([])).rejects.toThrow(/gate.replayAudits: expected/);
});
