import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type GateEvents, type GateOptions, lexical, type OutcomeRecord, type RouteOptions, usd } from 'farthing';
import OpenAI from 'openai';
import { afterEach, describe, expect, it } from 'vitest';
import { seeded } from '../../packages/farthing/src/audit/seeded-random.js';
import { readFeatures } from '../../packages/farthing/src/routing/features/features.js';
import { refit } from '../../packages/farthing/src/routing/predictor/refit.js';
import { finish } from '../../packages/farthing/src/routing/predictor/steps.js';
import { writePredictorFile } from '../../packages/farthing/src/routing/predictor-file.js';
import { sharedProvider, watchedGate } from './setup.js';

const shared = sharedProvider();
const dirs: string[] = [];
afterEach(() => {
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true });
});
const newDir = (): string => {
  const dir = mkdtempSync(join(tmpdir(), 'farthing-learning-'));
  dirs.push(dir);
  return dir;
};

const things = ['chain', 'brake', 'saddle', 'wheel', 'pedal', 'spoke', 'fork', 'hub', 'cable', 'tyre', 'rim', 'bell'];
const easy = (index: number): string => `Where is the ${things[index % 12]} of my bike number ${index}?`;
const hard = (index: number): string => `Prove by induction that ${things[index % 12]} sum ${index} converges.`;

/** A gate with a route that learns, and a client that asks it. */
function learning(route: Partial<RouteOptions>, options: GateOptions = {}) {
  const outcomes: OutcomeRecord[] = [];
  const revoked: GateEvents['routeRevoked'][] = [];
  const { gate, records, warnings } = watchedGate({
    routes: { 'gpt-5': { targets: ['gpt-5-nano', 'gpt-5'], ...route } },
    ...options,
  });
  gate.on('outcome', (outcome) => outcomes.push(outcome));
  gate.on('routeRevoked', (report) => revoked.push(report));
  const openai = gate.wrap(new OpenAI({ apiKey: 'sk-secret', baseURL: shared.provider.openaiBaseURL, maxRetries: 0 }));
  const ask = (content: string, callOptions: Parameters<typeof gate.options>[0] = {}) =>
    openai.chat.completions
      .create(
        { model: 'gpt-5', max_completion_tokens: 50, messages: [{ role: 'user', content }] },
        gate.options(callOptions),
      )
      .withResponse();
  const askAll = async (questions: readonly string[]): Promise<void> => {
    for (const question of questions) await ask(question);
    await gate.idle();
  };
  const report = () => gate.report().routes?.['gpt-5'];
  return { gate, records, warnings, outcomes, revoked, ask, askAll, report, openai };
}

const byNano = ({ json }: { json: Record<string, unknown> }): boolean => json['model'] === 'gpt-5-nano';
/** The cheap target gives what the strong one gives, but for what is hard, or for all. */
function answers(wrong: 'hard' | 'all' | 'none' = 'none'): void {
  const isWrong = (request: { json: Record<string, unknown> }): boolean =>
    byNano(request) && (wrong === 'all' || (wrong === 'hard' && JSON.stringify(request.json).includes('Prove by')));
  shared.provider.script({ when: isWrong, text: 'I would say 41.', times: 1e9 }, { text: 'It is 42.', times: 1e9 });
}
const numbers = (count: number, from = 0): number[] => Array.from({ length: count }, (_, index) => from + index);
const targets = (records: readonly { purpose: string; route?: { target: string | undefined } | undefined }[]) =>
  records.flatMap(({ purpose, route }) => (purpose === 'call' ? [route?.target] : []));

describe('a route that learns', () => {
  it('sends up what needs it, by what audits showed, and holds its share', async () => {
    answers('hard');
    const { askAll, records, report, outcomes } = learning({
      targetStrongShare: 0.5,
      learn: { auditRate: 1, random: seeded(1) },
    });
    await askAll(numbers(150).flatMap((index) => [easy(index), hard(index)]));
    expect(report()).toMatchObject({ isScored: true, evidence: { isEnough: true }, strongShare: 0.5, loss: undefined });
    expect(outcomes.length).toBe(report()?.audits);
    const learned = records.length;
    await askAll(numbers(30, 500).flatMap((index) => [easy(index), hard(index)]));
    const later = targets(records.slice(learned));
    const right = later.filter((target, index) => target === (index % 2 === 0 ? 'gpt-5-nano' : 'gpt-5'));
    expect(later).toHaveLength(60);
    expect(right.length).toBeGreaterThan(54);
    expect(records.at(-1)?.purpose).toBe('audit');
    expect(records.findLast(({ purpose }) => purpose === 'call')?.route).toMatchObject({
      reason: 'score',
      score: expect.any(Number),
      rank: expect.any(Number),
    });
  });

  it('goes cheap only as far as it is proved, and takes it back when the target turns bad in silence', async () => {
    answers();
    const { askAll, records, report, revoked } = learning({
      maxQualityLoss: 0.05,
      learn: { auditRate: 1, random: seeded(2) },
    });
    await askAll(numbers(50).map(easy));
    expect(new Set(targets(records))).toEqual(new Set(['gpt-5']));
    expect(report()).toMatchObject({ strongShare: 1, loss: { state: 'proving', drawn: 50, bound: 0 } });
    await askAll(numbers(150, 50).map(easy));
    expect(report()?.loss).toMatchObject({ state: 'proved', estimate: 0, epoch: 0, drawn: 200 });
    expect(report()?.strongShare).toBe(0);
    expect(report()?.loss?.bound).toBeLessThanOrEqual(0.05);
    expect(targets(records).at(-1)).toBe('gpt-5-nano');

    shared.provider.reset();
    answers('all');
    await askAll(numbers(40, 200).map(easy));
    expect(revoked).toMatchObject([{ route: 'gpt-5', strongShare: 1, loss: { state: 'revoked', epoch: 1 } }]);
    expect(targets(records).at(-1)).toBe('gpt-5');
  });

  it('stays at the policy share where nothing can be proved, and says so', async () => {
    answers('all');
    const { askAll, report, records } = learning({ maxQualityLoss: 0.02, learn: { auditRate: 1, random: seeded(3) } });
    await askAll(numbers(60).map(easy));
    expect(report()).toMatchObject({
      strongShare: 1,
      loss: { state: 'proving', drawn: 60 },
    });
    expect(new Set(targets(records))).toEqual(new Set(['gpt-5']));
  });

  it('learns from what the application tells, once for each call, and proves nothing by it', async () => {
    answers();
    const { ask, gate, outcomes, report, records } = learning({ maxQualityLoss: 0.05, learn: { auditRate: 0 } });
    const { response } = await ask(easy(1));
    const id = response.headers.get('x-farthing-id') ?? '';
    expect(await gate.outcome(id, { good: false })).toBe(true);
    expect(await gate.outcome(id, { good: true })).toBe(false);
    expect(await gate.outcome('unknown', { good: true })).toBe(false);
    const second = await ask(easy(2));
    expect(await gate.outcome(second.response.headers.get('x-farthing-id') ?? '', { good: true, value: 0.7 })).toBe(
      true,
    );
    expect(outcomes).toMatchObject([
      { purpose: 'outcome', call: id, route: 'gpt-5', routed: 'strong', strong: 0, audited: false },
      { strong: 0.7, weak: undefined },
    ]);
    expect(report()).toMatchObject({ outcomes: 2, audits: 0, loss: { drawn: 0 } });
    expect(records.every(({ purpose }) => purpose === 'call')).toBe(true);
    await expect(gate.outcome(id, { good: 'yes' } as never)).rejects.toThrow(
      'gate.outcome: expected `good` to be true or false',
    );
  });

  it('grades each answer by itself, where that is asked for', async () => {
    answers('all');
    const { askAll, outcomes } = learning({
      learn: { auditRate: 1, grade: ({ answer }) => (answer.includes('41') ? 0.25 : 0.75) },
    });
    await askAll([easy(1)]);
    expect(outcomes).toMatchObject([{ weak: 0.25, strong: 0.75, audited: true }]);
  });

  it('takes a grade that throws, hangs or is none for no audit, and warns', async () => {
    answers();
    const { askAll, outcomes, warnings } = learning({
      learn: {
        auditRate: 1,
        grade: () => {
          throw new RangeError('secret');
        },
      },
    });
    await askAll([easy(1)]);
    expect(outcomes).toEqual([]);
    expect(warnings).toContainEqual(expect.stringMatching(/^callback_error: .*RangeError/));
    expect(warnings.join()).not.toContain('secret');
  });

  it('spends on audits what it may and no more, and their bills are records of their own', async () => {
    answers();
    const { askAll, outcomes, records, report } = learning({
      learn: { auditRate: 1, auditBudget: usd('0.00005'), random: seeded(4) },
    });
    await askAll(numbers(30).map(easy));
    const audits = records.filter(({ purpose, source }) => purpose === 'audit' && source === 'provider');
    const spent = audits.reduce((sum, { costNanoUsd }) => sum + (costNanoUsd ?? 0), 0);
    expect(audits.length).toBeGreaterThan(0);
    expect(audits.length).toBeLessThan(30);
    expect(spent).toBeLessThanOrEqual(usd('0.00005'));
    expect(report()).toMatchObject({ audits: audits.length, auditNanoUsd: spent });
    expect(outcomes).toHaveLength(audits.length);
    expect(audits.every(({ route }) => route?.reason === 'pinned')).toBe(true);
  });

  it('does not audit what the caller, a value or a budget decided', async () => {
    answers();
    const { ask, gate, outcomes } = learning({ learn: { auditRate: 1 } });
    await ask(easy(1), { pin: 'gpt-5-nano' });
    await ask(easy(2), { value: 5 });
    await ask(easy(3), { value: 0.1 });
    await gate.idle();
    expect(outcomes).toEqual([]);
  });

  it('knows after a restart what it knew, keeps no text, and takes up nothing that was about other targets', async () => {
    answers();
    const dir = newDir();
    const route = { maxQualityLoss: 0.05, learn: { auditRate: 1, dir, random: seeded(5) } };
    const first = learning(route);
    await first.askAll(numbers(160).map(easy));
    const before = first.report();
    expect(before?.loss?.state).toBe('proved');
    await first.gate.close();
    for (const file of readdirSync(dir, { recursive: true, withFileTypes: true }))
      if (file.isFile())
        expect(/bike|chain|It is|sk-secret/.test(readFileSync(join(file.parentPath, file.name), 'utf8'))).toBe(false);

    const second = learning(route);
    await second.askAll([easy(1000)]);
    expect(second.report()).toMatchObject({ strongShare: before?.strongShare, audits: 161, outcomes: 161 });
    await second.gate.close();

    const other = learning(route, { routes: { 'gpt-5': { targets: ['gpt-5-mini', 'gpt-5'], ...route } } });
    await other.askAll([easy(1001)]);
    expect(other.report()).toMatchObject({ strongShare: 1, audits: 1 });
    expect(other.warnings.join()).toContain('have changed');
    await other.gate.close();
  });

  it('leaves a directory alone that another gate has, and works on', async () => {
    answers();
    const dir = newDir();
    const first = learning({ learn: { auditRate: 1, dir } });
    await first.askAll([easy(1)]);
    const second = learning({ learn: { auditRate: 1, dir } });
    await second.askAll([easy(2)]);
    expect(second.report()).toMatchObject({ audits: 1 });
    expect(second.warnings.join()).toMatch(/routing_error.*can’t be used/);
    await Promise.all([first.gate.close(), second.gate.close()]);
  });

  it('counts what broke at the cheapest target, and audits that could not be had, against its promise', async () => {
    shared.provider.script({ when: byNano, body: '{"choices": [', contentType: 'application/json', times: 40 });
    const broken = learning({ targetStrongShare: 0, maxQualityLoss: 0.05, learn: { auditRate: 1 } });
    for (const index of numbers(40)) await broken.ask(easy(index)).catch(() => {});
    await broken.gate.idle();
    expect(broken.revoked.length).toBeGreaterThan(0);
    expect(broken.report()).toMatchObject({ strongShare: 1 });

    shared.provider.reset();
    answers();
    shared.provider.fault({ kind: 'status', status: 503, when: ({ json }) => json?.['model'] === 'gpt-5', times: 1e9 });
    const away = learning({ targetStrongShare: 0, maxQualityLoss: 0.05, learn: { auditRate: 1 } });
    await away.askAll([easy(1), easy(2), easy(3)]);
    expect(away.report()?.audits).toBe(0);
    expect(away.report()?.loss?.estimate).toBe(1);
  });

  it('proves anew under another judge, and goes on under the same', async () => {
    answers();
    const grade = ({ answer }: { answer: string }): number => (answer.includes('42') ? 1 : 0);
    const route = { maxQualityLoss: 0.05, learn: { auditRate: 1, grade, random: seeded(2) } };
    const { askAll, gate, report, ask } = learning(route);
    await askAll(numbers(200).map(easy));
    expect(report()?.loss?.state).toBe('proved');
    const { response } = await ask(easy(900));
    const change = (more: object): void =>
      gate.update({ routes: { 'gpt-5': { targets: ['gpt-5-nano', 'gpt-5'], ...route, ...more } } });
    change({ stepDownBelow: 0.1 });
    await askAll([easy(901)]);
    expect(report()?.loss?.state).toBe('proved');
    expect(await gate.outcome(response.headers.get('x-farthing-id') ?? '', { good: true })).toBe(true);
    change({ learn: { ...route.learn, version: '2' } });
    await askAll([easy(902)]);
    expect(report()).toMatchObject({ strongShare: 1, audits: 1 });
    change({ learn: { ...route.learn, grade: () => 0.5 } });
    await askAll([easy(903)]);
    expect(report()).toMatchObject({ audits: 1 });
  });

  it('shows nothing that must stay to a judge', async () => {
    answers();
    const seen: string[] = [];
    const grade = ({ question }: { question: string }): number => {
      seen.push(question);
      return 1;
    };
    const { ask, gate } = learning({ learn: { auditRate: 1, grade } }, { regions: { '127.0.0.1': 'eu' } });
    await ask(easy(1), { residency: 'eu' });
    await gate.idle();
    expect(seen).toEqual([]);
    await ask(easy(2));
    await gate.idle();
    expect(new Set(seen)).toEqual(new Set([easy(2)]));
  });

  it('lets a stop of one tenant stop nobody else’s audits', async () => {
    answers();
    let release = (): void => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const grade = async (): Promise<number> => {
      await held;
      return 1;
    };
    const { ask, gate, outcomes } = learning({ learn: { auditRate: 1, grade } });
    for (const index of [1, 2]) await ask(easy(index), { tags: { tenant: 'b' } });
    // Both places are taken: this one's audit waits, and is not sent after the stop.
    await ask(easy(3), { tags: { tenant: 'a' } });
    gate.stop({ tags: { tenant: 'a' } });
    release();
    await gate.idle();
    for (const index of [4, 5]) await ask(easy(index), { tags: { tenant: 'b' } });
    await gate.idle();
    expect(outcomes).toHaveLength(4);
  });

  it('chooses anew for a running conversation once its route is revoked', async () => {
    answers();
    const { askAll, openai, records, revoked } = learning({
      targetStrongShare: 0,
      maxQualityLoss: 0.05,
      learn: { auditRate: 1, random: seeded(8) },
    });
    const messages: { role: 'user' | 'assistant'; content: string }[] = [{ role: 'user', content: easy(1) }];
    const turn = async (): Promise<void> => {
      await openai.chat.completions.create({ model: 'gpt-5', messages });
      messages.push({ role: 'assistant', content: 'It is 42.' }, { role: 'user', content: 'And then?' });
    };
    await turn();
    await turn();
    expect(targets(records)).toEqual(['gpt-5-nano', 'gpt-5-nano']);
    shared.provider.reset();
    answers('all');
    await askAll(numbers(30, 10).map(easy));
    expect(revoked.length).toBeGreaterThan(0);
    await turn();
    expect(targets(records).at(-1)).toBe('gpt-5');
  });

  it('repeats nothing that acts or is kept at its provider, and counts no audit as a saving', async () => {
    answers();
    const { openai, gate, records, ask } = learning({ learn: { auditRate: 1 } });
    await openai.chat.completions.create({
      model: 'gpt-5',
      store: true,
      messages: [{ role: 'user', content: easy(1) }],
    });
    await gate.idle();
    expect(records.map(({ purpose }) => purpose)).toEqual(['call']);
    await ask(easy(2));
    await gate.idle();
    expect(records.map(({ purpose }) => purpose)).toEqual(['call', 'call', 'audit']);
    expect(gate.report().savedBy.routed).toBe(0);
  });

  it('keeps what it knows when the route is changed while it runs', async () => {
    answers();
    const { askAll, gate, report, records } = learning({ learn: { auditRate: 1 } });
    await askAll(numbers(5).map(easy));
    gate.update({
      routes: { 'gpt-5': { targets: ['gpt-5-nano', 'gpt-5'], targetStrongShare: 0, learn: { auditRate: 0 } } },
    });
    await askAll([easy(100)]);
    expect(report()).toMatchObject({ strongShare: 0, outcomes: 5, audits: 5 });
    expect(targets(records).at(-1)).toBe('gpt-5-nano');
  });

  it('uses the embedding that the semantic cache asked for, and asks for no second one', async () => {
    answers();
    let asked = 0;
    const counted = lexical();
    const embedder = {
      ...counted,
      embed: (...given: Parameters<typeof counted.embed>) => {
        asked++;
        return counted.embed(...given);
      },
    };
    const { askAll, outcomes } = learning(
      { learn: { auditRate: 1 } },
      { cache: { share: 'all', semantic: { embedder } } },
    );
    await askAll([easy(1), hard(2)]);
    expect(outcomes).toHaveLength(2);
    expect(asked).toBe(2);
  });

  it('begins with what was trained, and goes on without a file that it can’t use', async () => {
    answers('hard');
    const random = seeded(7);
    const outcomes = numbers(240).map((index) => ({
      features: readFeatures(index % 2 === 0 ? easy(index) : hard(index)),
      weak: index % 2 === 0 ? 1 : 0,
      strong: 1,
      routed: 'strong' as const,
      propensity: 1,
      audited: true,
    }));
    const model = finish(refit({ outcomes, random }))?.model;
    if (!model) throw new Error('Expected a model.');
    const path = join(newDir(), 'router.json');
    writeFileSync(path, writePredictorFile({ embedder: undefined, routes: new Map([['gpt-5', model]]) }));
    const trained = learning({ targetStrongShare: 0.5, learn: { auditRate: 0, model: path } });
    await trained.askAll(numbers(40, 300).flatMap((index) => [easy(index), hard(index)]));
    expect(trained.report()).toMatchObject({ isScored: true, outcomes: 0, evidence: { isEnough: true } });
    const later = targets(trained.records).slice(-20);
    expect(
      later.filter((target, index) => target === (index % 2 === 0 ? 'gpt-5-nano' : 'gpt-5')).length,
    ).toBeGreaterThan(16);

    writeFileSync(path, 'torn');
    const without = learning({ learn: { auditRate: 0, model: path } });
    await without.askAll([easy(1)]);
    expect(without.warnings.join()).toMatch(/routing_error.*goes on without .*router\.json/);
    expect(targets(without.records)).toEqual(['gpt-5']);
  });

  it('holds a conversation where it is, whatever is decided since', async () => {
    answers();
    const { ask, gate, records, openai } = learning({ targetStrongShare: 0 });
    await ask(easy(1));
    gate.update({ routes: { 'gpt-5': { targets: ['gpt-5-nano', 'gpt-5'], targetStrongShare: 1 } } });
    await openai.chat.completions.create({
      model: 'gpt-5',
      messages: [
        { role: 'user', content: easy(1) },
        { role: 'assistant', content: 'It is 42.' },
        { role: 'user', content: 'And the other one?' },
      ],
    });
    await ask(easy(1));
    expect(targets(records)).toEqual(['gpt-5-nano', 'gpt-5-nano', 'gpt-5']);
    expect(records[1]?.route).toMatchObject({ reason: 'affinity' });
  });
});

describe('what is refused at construction', () => {
  it.each<[string, Partial<RouteOptions>, RegExp]>([
    ['a loss that is none', { maxQualityLoss: 0 }, /above 0 and below 0.5/],
    ['a promise without audits', { maxQualityLoss: 0.02, learn: false }, /learns where it has a `maxQualityLoss`/],
    ['a judge and a grade', { learn: { judge: async () => 'ok', grade: () => 1 } }, /`judge` or a `grade`, not both/],
    [
      'a scorer by threshold and by rank',
      { learn: true, threshold: 1, scorer: { evidence: 'learned', score: () => 1 } },
      /either a `threshold` or `learn`/,
    ],
  ])('%s', (_, route, message) => {
    expect(() => learning(route)).toThrow(message);
  });
});
