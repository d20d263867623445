import { observeOpenAI } from 'langfuse';
import OpenAI from 'openai';
import type { Base, Stack } from '../stack.js';
import { openAIClient, optionsOf } from './openai.js';

/** How langfuse is told where to send its traces. */
export type Tracing = NonNullable<Parameters<typeof observeOpenAI>[1]>;

const untraced = ({ url }: Base): Tracing => ({
  clientInitParams: { publicKey: 'pk-lf-test', secretKey: 'sk-lf-test', baseUrl: url, enabled: false },
});

/** A client of openai 6 under langfuse. */
export function observed(client: OpenAI, tracing: Tracing): OpenAI {
  return observeOpenAI(client as never, tracing) as unknown as OpenAI; // it names its own copy of the client's type
}

export const langfuseStacks: readonly Stack[] = (['gate inside', 'gate outside'] as const).map((nesting) => ({
  name: `langfuse observeOpenAI, ${nesting}`,
  family: 'langfuse',
  api: 'chat',
  takesHeaders: true,
  make: (base, gate) => {
    const bare = new OpenAI(optionsOf(base));
    if (!gate) return openAIClient(observed(bare, untraced(base)));
    if (nesting === 'gate inside') return openAIClient(observed(gate.wrap(bare), untraced(base)));
    return openAIClient(gate.wrap(observed(bare, untraced(base))));
  },
}));
