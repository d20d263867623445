import type { OutcomeRecord } from '../../outcome-record.js';
import { type Features, readFeatures } from '../features/features.js';
import type { Outcome } from '../predictor/outcome.js';
import type { Qualities } from './quality.js';
import type { RoutedCall } from './told-outcomes.js';

/** Takes in outcomes: tells them to the record, and to the predictor with the features of their call. */
export interface OutcomeIntake {
  readonly featuresOf: (call: RoutedCall) => Promise<Features>;
  /** @param isAudit both targets were asked because a coin said so; else the application told */
  readonly take: (id: string, call: RoutedCall, seen: Partial<Qualities>, isAudit: boolean) => void;
  /** Resolves when what was taken in is learned. Never rejects. */
  readonly idle: () => Promise<void>;
}

/** What taking in outcomes needs. */
export interface OutcomeIntakeOptions {
  readonly route: string;
  readonly embed: ((text: string) => Promise<Float32Array>) | undefined;
  /** Whether the embedder is behind a URL: texts that must stay are not put to it. */
  readonly isRemote: boolean;
  readonly learn: (outcome: Outcome) => void;
  readonly emit: (record: OutcomeRecord) => void;
  readonly onError: () => void;
}

/** An intake for one route. */
export function createOutcomeIntake(options: OutcomeIntakeOptions): OutcomeIntake {
  const { route, embed, isRemote, learn, emit, onError } = options;
  const running = new Set<Promise<void>>();

  async function featuresOf({ turn, context, mustStay }: RoutedCall): Promise<Features> {
    const embedding = embed && !(mustStay && isRemote) ? await embed(turn).catch(() => undefined) : undefined;
    return readFeatures(turn, embedding, context);
  }

  return {
    featuresOf,
    take: (id, call, { weak, strong }, isAudit) => {
      // What the application chooses to tell is no fair draw: for it, as for audits, no lot is to be weighed.
      const outcome = { routed: call.routed, propensity: 1, weak, strong, audited: isAudit };
      emit({ purpose: 'outcome', call: id, time: new Date(call.atMs).toISOString(), route, ...outcome });
      const learning = featuresOf(call)
        .then((features) => learn({ features, ...outcome }))
        .catch(onError)
        .finally(() => running.delete(learning));
      running.add(learning);
    },
    idle: async () => {
      await Promise.all(running);
    },
  };
}
