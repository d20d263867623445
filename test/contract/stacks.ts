import type { Stack } from './stack.js';
import { agentsStacks } from './stacks/agents.js';
import { anthropicStacks } from './stacks/anthropic.js';
import { instructorStacks } from './stacks/instructor.js';
import { langChainStacks } from './stacks/langchain.js';
import { langfuseStacks } from './stacks/langfuse.js';
import { openAIStacks } from './stacks/openai.js';
import { vercelStacks } from './stacks/vercel.js';

/** Every stack that the gate promises to leave as it is. */
export const stacks: readonly Stack[] = [
  ...openAIStacks,
  ...anthropicStacks,
  ...vercelStacks,
  ...langChainStacks,
  ...instructorStacks,
  ...agentsStacks,
  ...langfuseStacks,
];
