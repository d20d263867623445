import { describe, expect, it } from 'vitest';
import { seeded } from '../../audit/seeded-random.js';
import { predictGain } from './model.js';
import { loadModel, saveModel } from './model-file.js';
import { refit } from './refit.js';
import { madeOutcomes } from './scope.test-kit.js';
import { finish } from './steps.js';

const scope = { gainOfHard: 0.7, gainOfEasy: 0.1, embedded: true };
const modelOf = (count: number, embedded: boolean) => {
  const fitted = finish(refit({ outcomes: madeOutcomes(count, 1, { ...scope, embedded }), random: seeded(1) }));
  if (!fitted) throw new Error('Expected a model.');
  return fitted.model;
};

describe('a model file', () => {
  it.each([
    [60, true],
    [600, true],
    [300, false],
  ])('gives a model of %i outcomes (embedded: %s) back that scores the same', (count, embedded) => {
    const model = modelOf(count, embedded);
    const file = saveModel(model);
    const loaded = loadModel(file);
    expect(loaded.evidence).toEqual(model.evidence);
    for (const { features } of madeOutcomes(50, 7, { ...scope, embedded }))
      expect(predictGain(loaded, features)).toBe(predictGain(model, features));
    expect(saveModel(loaded)).toBe(file);
  });

  const file = saveModel(modelOf(60, true));
  const changed = (change: (header: Record<string, unknown>) => void): string => {
    const [first = '', ...rest] = file.split('\n');
    const header = JSON.parse(first);
    change(header);
    return [JSON.stringify(header), ...rest].join('\n');
  };

  it('says what is wrong with another file', () => {
    expect(() => loadModel('')).toThrow("expected a header of format 'farthing-routing', got none");
    expect(() => loadModel('{"a":1}\n{}')).toThrow("expected a header of format 'farthing-routing'");
    expect(() => loadModel(changed((header) => Object.assign(header, { version: 99 })))).toThrow('expected version 1');
    expect(() => loadModel(changed((header) => Object.assign(header, { kind: 'learner' })))).toThrow(
      'expected a model',
    );
    expect(() => loadModel(changed((header) => Object.assign(header, { features: 1 })))).toThrow('train it again');
  });

  it('notices damage anywhere in the body', () => {
    const begin = file.indexOf('\n') + 1;
    for (const share of [0, 0.3, 0.6, 0.99]) {
      const at = begin + Math.floor(share * (file.length - begin - 2));
      const other = file[at] === 'x' ? 'y' : 'x';
      expect(() => loadModel(file.slice(0, at) + other + file.slice(at + 1))).toThrow('a damaged body');
    }
    expect(() => loadModel(file.slice(0, -50))).toThrow('a damaged body');
    expect(() => loadModel(file.slice(0, begin - 1))).toThrow('a damaged body');
  });
});
