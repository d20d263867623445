import type { Behaviour } from './behaviour.js';
import { anthropicBehaviours } from './behaviours/anthropic.js';
import { everyStack } from './behaviours/every-stack.js';
import { openAIAnswers } from './behaviours/openai-answers.js';
import { openAIStreams } from './behaviours/openai-streams.js';
import { underneath } from './behaviours/underneath.js';

/** All that is observed of a stack with and without the gate. */
export const behaviours: readonly Behaviour[] = [
  ...everyStack,
  ...underneath,
  ...openAIAnswers,
  ...openAIStreams,
  ...anthropicBehaviours,
];
