import { describe, expect, it } from 'vitest';
import { seeded } from '../../audit/seeded-random.js';
import { curveFigures } from '../curve.js';
import { readFeatures } from '../features/features.js';
import { predictGain, predictorOf } from './model.js';
import type { Outcome } from './outcome.js';
import { refit } from './refit.js';
import { madeOutcomes } from './scope.test-kit.js';
import { finish, finishInSlices } from './steps.js';

const signal = { gainOfHard: 0.7, gainOfEasy: 0.1 };
const fit = (outcomes: readonly Outcome[], seed = 1) => {
  const fitted = finish(refit({ outcomes, random: seeded(seed) }));
  if (!fitted) throw new Error('Expected a model.');
  return fitted;
};

describe('a refit', () => {
  it.each([false, true])('learns who gains (embedded: %s) and has the evidence', (embedded) => {
    const { model, outOfFold } = fit(madeOutcomes(300, 1, { ...signal, embedded }));
    expect(model.evidence).toMatchObject({ isEnough: true, outcomes: 300 });
    expect(outOfFold).toHaveLength(300);
    const predictor = predictorOf(model);
    expect(predictor.evidence).toBe('learned');
    const unseen = madeOutcomes(300, 2, { ...signal, embedded });
    const { apgr } = curveFigures(
      unseen.map(({ features, weak = 0, strong = 0 }) => ({ score: predictor.score(features), weak, strong })),
    );
    expect(apgr).toBeGreaterThan(0.65);
  });

  it('scores any text finitely, with the embedding it knows, another, or none', () => {
    const { model } = fit(madeOutcomes(200, 1, { ...signal, embedded: true }));
    for (const text of ['', ' ', '\u0000\ud800', '😀'.repeat(30_000), '9'.repeat(1e6), 'word '.repeat(1e5)])
      for (const embedding of [undefined, new Float32Array(8), Float32Array.of(1), new Float32Array(8).fill(1e30)])
        expect(predictGain(model, readFeatures(text, embedding))).toSatisfy(Number.isFinite);
  });

  it('keeps the gate shut on noise', () => {
    const open = Array.from({ length: 20 }, (_, seed) => {
      const noise = madeOutcomes(120, seed, { gainOfHard: 0.3, gainOfEasy: 0.3 });
      return fit(noise, seed).model.evidence.isEnough;
    });
    expect(open.filter(Boolean).length).toBeLessThanOrEqual(3);
  });

  it('keeps it shut on few outcomes and where the strong target is no better', () => {
    expect(predictorOf(fit(madeOutcomes(90, 1, signal)).model)).toMatchObject({ evidence: 'none' });
    const worse = madeOutcomes(300, 1, signal).map((outcome) => ({
      ...outcome,
      weak: outcome.strong,
      strong: outcome.weak,
    }));
    expect(fit(worse).model.evidence.isEnough).toBe(false);
  });

  it('scores all alike without evidence', () => {
    for (const model of [undefined, fit(madeOutcomes(50, 1, signal)).model]) {
      const scores = madeOutcomes(20, 2, signal).map(({ features }) => predictorOf(model).score(features));
      expect(new Set(scores)).toEqual(new Set([0]));
    }
  });

  it('learns from one side of each call, and better with audits', () => {
    const random = seeded(4);
    const all = madeOutcomes(600, 1, signal);
    const oneSided = all.map((outcome, index): Outcome => {
      if (index % 10 === 0) return outcome;
      const routed = random() < 0.5 ? 'weak' : 'strong';
      return {
        ...outcome,
        weak: undefined,
        strong: undefined,
        [routed]: outcome[routed],
        routed,
        propensity: 0.5,
        audited: false,
      };
    });
    const { model, outOfFold } = fit(oneSided);
    expect(model.estimator.gainWeight).toBeCloseTo(60 / (60 + 300 * 0.9), 6);
    expect(outOfFold).toHaveLength(600);
    expect(model.evidence.isEnough).toBe(true);
    const routedByScore = oneSided.map((outcome) => (outcome.audited ? outcome : { ...outcome, propensity: 1 }));
    expect(fit(routedByScore).outOfFold).toHaveLength(60);
  });

  it('is the same in slices, and lets others work meanwhile', async () => {
    const outcomes = madeOutcomes(150, 1, { ...signal, embedded: true });
    let [time, rests] = [0, 0];
    const sliced = await finishInSlices(refit({ outcomes, random: seeded(1) }), {
      now: () => time++,
      rest: async () => {
        rests++;
      },
    });
    expect(sliced).toEqual(fit(outcomes));
    expect(rests).toBeGreaterThan(10);
    const aborted = finishInSlices(refit({ outcomes, random: seeded(1) }), {
      now: () => 0,
      rest: async () => {},
      signal: AbortSignal.abort(new Error('closing')),
    });
    await expect(aborted).rejects.toThrow('closing');
  });

  it('takes the shared basis while the scope has few texts, and the texts without outcomes with it', () => {
    const shared = fit(madeOutcomes(300, 1, signal)).model.basis;
    const outcomes = madeOutcomes(150, 2, signal);
    const refitWith = (texts: number) =>
      finish(
        refit({
          outcomes,
          texts: madeOutcomes(texts, 3, signal).map(({ features }) => features),
          sharedBasis: shared,
          random: seeded(1),
        }),
      )?.model.basis;
    expect(refitWith(100)).toBe(shared);
    expect(refitWith(400)).not.toBe(shared);
  });

  it('has nothing to fit without outcomes', () => {
    expect(finish(refit({ outcomes: [], random: seeded(1) }))).toBeUndefined();
  });
});
