import { describe, expect, it } from 'vitest';
import { compare } from './compare.js';
import { evidenceNames } from './evidence.js';
import { verifierWeights } from './verifier.generated.js';
import { verify } from './verify.js';

const unsure = compare('How do I fix a chair?', 'How do I repair a chair?');

describe('verify', () => {
  it('has one weight for each name of evidence', () => {
    expect(verifierWeights.evidence).toHaveLength(evidenceNames.length);
    expect(verifierWeights.threshold).toBeGreaterThan(0.3);
    expect(verifierWeights.threshold).toBeLessThan(1);
  });

  it('ranks by verdict first', () => {
    const different = verify({ comparison: compare('Name 3 rivers', 'Name 4 rivers') });
    const same = verify({ comparison: compare('Name 3 rivers', 'Name three rivers') });
    const between = verify({ comparison: unsure });
    expect(different).toBeLessThan(0.005);
    expect(same).toBeGreaterThanOrEqual(0.995);
    expect(between).toBeGreaterThan(different);
    expect(between).toBeLessThan(same);
  });
});
