import { describe, expect, it } from 'vitest';
import { seeded } from '../../audit/seeded-random.js';
import { readFeatures } from '../features/features.js';
import { foldsOf } from './folds.js';
import { finish } from './steps.js';

const passage = (name: string) => Array.from({ length: 30 }, (_, at) => `${name}${at}`).join(' ');

describe('folds', () => {
  const texts = Array.from({ length: 200 }, (_, at) => `${passage(`p${at % 50}x`)} question ${at}`);
  const folds = finish(
    foldsOf(
      texts.map((text) => readFeatures(text).passages),
      5,
      seeded(1),
    ),
  );

  it('keep texts that share a passage together', () => {
    for (let at = 50; at < texts.length; at++) expect(folds[at]).toBe(folds[at % 50]);
  });

  it('are of about equal size', () => {
    for (let fold = 0; fold < 5; fold++) expect(folds.filter((one) => one === fold)).toHaveLength(40);
  });

  it('split a template that many texts have', () => {
    const same = texts.slice(0, 50).map((_, at) => readFeatures(`${passage('t')} ${at}`).passages);
    expect(new Set(finish(foldsOf(same, 5, seeded(1)))).size).toBe(5);
  });
});
