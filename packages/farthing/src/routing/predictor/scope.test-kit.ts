import { seeded } from '../../audit/seeded-random.js';
import { readFeatures } from '../features/features.js';
import type { Outcome } from './outcome.js';

const words = 'river stone market window letter garden engine paper winter summer doctor teacher island ticket'.split(
  ' ',
);
const dimensions = 8;

/** Made-up traffic of a scope. */
export interface MadeScope {
  /** How many of the hard questions only the strong target can answer; the others gain nothing. */
  readonly gainOfHard: number;
  /** The same of easy questions. */
  readonly gainOfEasy: number;
  readonly embedded?: boolean;
}

/** Pairs from traffic of which half is hard: questions with an integral, the others with a weather. */
export function madeOutcomes(count: number, seed: number, scope: MadeScope): Outcome[] {
  const random = seeded(seed);
  const pick = () => words[Math.floor(random() * words.length)] ?? '';
  return Array.from({ length: count }, (): Outcome => {
    const isHard = random() < 0.5;
    const text = `${pick()} ${pick()} what is the ${isHard ? 'integral' : 'weather'} of ${pick()} ${Math.floor(random() * 1e6)}?`;
    const vector = Float32Array.from({ length: dimensions }, (_, at) => random() - 0.5 + (at === 0 && isHard ? 1 : 0));
    const length = Math.hypot(...vector);
    const gains = random() < (isHard ? scope.gainOfHard : scope.gainOfEasy);
    return {
      features: readFeatures(text, scope.embedded ? vector.map((value) => value / length) : undefined),
      weak: gains ? 0 : 1,
      strong: 1,
      routed: 'strong',
      propensity: 1,
      audited: true,
    };
  });
}
