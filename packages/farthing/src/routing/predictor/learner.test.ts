import { describe, expect, it } from 'vitest';
import { seeded } from '../../audit/seeded-random.js';
import { createLearner } from './learner.js';
import { predictGain } from './model.js';
import { rounded } from './outcome-table.js';
import { madeOutcomes } from './scope.test-kit.js';
import { finish } from './steps.js';

const scope = { gainOfHard: 0.7, gainOfEasy: 0.1, embedded: true };
const outcomes = madeOutcomes(200, 1, scope);
const probes = madeOutcomes(30, 9, scope).map(({ features }) => features);

function learnerOf(count: number) {
  const learner = createLearner();
  for (const outcome of outcomes.slice(0, count)) learner.add(outcome);
  finish(learner.refit(seeded(1)));
  return learner;
}

describe('a learner', () => {
  it('decides nothing until a refit found the evidence', () => {
    const learner = createLearner();
    for (const outcome of outcomes) learner.add(outcome);
    expect(learner).toMatchObject({ predictor: { evidence: 'none' }, outcomes: 200, isRefitDue: true, outOfFold: [] });
    finish(learner.refit(seeded(1)));
    expect(learner).toMatchObject({
      predictor: { evidence: 'learned' },
      evidence: { isEnough: true },
      isRefitDue: false,
    });
    expect(learner.outOfFold).toHaveLength(200);
  });

  it('is due for a refit when its outcomes have grown by a fifth', () => {
    const learner = learnerOf(150);
    for (const outcome of outcomes.slice(0, 29)) learner.add(outcome);
    expect(learner.isRefitDue).toBe(false);
    for (const outcome of outcomes.slice(0, 1)) learner.add(outcome);
    expect(learner.isRefitDue).toBe(true);
  });

  it('learns from each outcome at once', () => {
    const learner = learnerOf(150);
    const [probe] = probes;
    if (!probe || !learner.model) throw new Error('Expected a probe and a model.');
    const before = predictGain(learner.model, probe);
    for (let time = 0; time < 10; time++)
      learner.add({ features: probe, weak: 0, strong: 1, routed: 'strong', propensity: 1, audited: true });
    expect(predictGain(learner.model, probe)).toBeGreaterThan(before + 0.02);
  });

  it('learns what comes during a refit after it', () => {
    const learner = learnerOf(150);
    const steps = learner.refit(seeded(2));
    steps.next();
    for (const outcome of outcomes.slice(150)) learner.add(outcome);
    finish(steps);
    const patient = learnerOf(150);
    finish(patient.refit(seeded(2)));
    for (const outcome of outcomes.slice(150)) patient.add(outcome);
    const scores = (one: typeof learner) => probes.map((probe) => one.model && predictGain(one.model, probe));
    expect(scores(learner)).toEqual(scores(patient));
    expect(learner.outcomes).toBe(200);
  });

  it('comes back from its snapshot, and learns on', () => {
    const learner = learnerOf(150);
    learner.add({ ...(outcomes[160] ?? outcomes[0]), weak: undefined, routed: 'strong', propensity: 0.5 } as never);
    const restored = createLearner({ snapshot: learner.snapshot() });
    expect(restored.snapshot()).toBe(learner.snapshot());
    for (const probe of probes) expect(restored.predictor.score(probe)).toBe(learner.predictor.score(probe));
    for (const one of [learner, restored]) finish(one.refit(seeded(3)));
    for (const probe of probes) expect(restored.predictor.score(probe)).toBe(learner.predictor.score(probe));
  });

  it('forgets the oldest outcomes', () => {
    const learner = createLearner({ maxOutcomes: 50 });
    for (const outcome of outcomes) learner.add(outcome);
    expect(learner.outcomes).toBe(50);
  });
});

describe('a rounded embedding', () => {
  it('is near the embedding, and rounding it again changes nothing', () => {
    const random = seeded(2);
    for (let time = 0; time < 200; time++) {
      const once = rounded(Float32Array.from({ length: 16 }, () => random() - 0.5));
      expect(rounded(once)).toEqual(once);
    }
    expect(rounded(new Float32Array(4))).toEqual(new Float32Array(4));
  });
});
