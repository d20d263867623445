import { describe, expect, it } from 'vitest';
import { seeded } from '../audit/seeded-random.js';
import { predictGain } from './predictor/model.js';
import { refit } from './predictor/refit.js';
import { madeOutcomes } from './predictor/scope.test-kit.js';
import { finish } from './predictor/steps.js';
import { everyRoute, isPredictorFile, readPredictorFile, writePredictorFile } from './predictor-file.js';

const outcomes = madeOutcomes(60, 1, { gainOfHard: 0.7, gainOfEasy: 0.1 });
const fitted = finish(refit({ outcomes, random: seeded(1) }));
if (!fitted) throw new Error('Expected a model.');
const { model } = fitted;
const routes = new Map([everyRoute, 'gpt-5', '__proto__'].map((name) => [name, model]));
const file = writePredictorFile({ embedder: 'minilm@1', routes });

describe('a predictor file', () => {
  it('gives back the embedder and each route’s model, which scores the same', () => {
    const read = readPredictorFile(file);
    expect(read.embedder).toBe('minilm@1');
    expect([...read.routes.keys()].toSorted()).toEqual([...routes.keys()].toSorted());
    for (const found of read.routes.values()) {
      expect(found.evidence).toEqual(model.evidence);
      for (const { features } of outcomes) expect(predictGain(found, features)).toBe(predictGain(model, features));
    }
    expect(readPredictorFile(writePredictorFile({ embedder: undefined, routes })).embedder).toBeUndefined();
    expect(isPredictorFile(file)).toBe(true);
  });

  it.each([
    ['', /expected a file that `npx farthing train` wrote, got an empty one; train it/],
    ['hello', /expected a file that `npx farthing train` wrote, got another one/],
    ['{"a":1}', /expected JSON with the format 'farthing-router', got other JSON/],
    [file.slice(0, -100), /expected a whole file, got one that is torn; copy it again/],
    [file.replace('"version":1', '"version":2'), /expected version 1, got version 2; update farthing/],
    [file.replace('"version":1', '"version":"1"'), /expected version 1, got none/],
    [file.replace('minilm@1', 'minilm@2'), /expected the checksum of its content, got a damaged one/],
    [file.replace('gpt-5', 'gpt-4'), /a damaged one/],
    [file.replace(/"routes":.*/, '"routes":[]}'), /a damaged one/],
  ])('says what is wrong with another (%#)', (text, message) => {
    expect(() => readPredictorFile(text)).toThrow(message);
  });
});
