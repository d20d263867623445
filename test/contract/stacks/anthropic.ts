import Anthropic from '@anthropic-ai/sdk';
import Anthropic0 from 'anthropic-0';
import { type Base, claude, maxTokens, type Stack } from '../stack.js';

const asked = (prompt: string) => ({
  model: claude,
  max_tokens: maxTokens,
  messages: [{ role: 'user' as const, content: prompt }],
});

const optionsOf = ({ url, apiKey = 'sk-ant-test', maxRetries = 0, ...base }: Base) => ({
  apiKey,
  baseURL: url,
  maxRetries,
  ...(base.timeoutMs !== undefined && { timeout: base.timeoutMs }),
  ...(base.fetch && { fetch: base.fetch }),
  ...(base.requestInit && { fetchOptions: base.requestInit }),
  ...(base.defaultHeaders && { defaultHeaders: base.defaultHeaders }),
});

function anthropicStack(name: string, construct: (options: ReturnType<typeof optionsOf>) => Anthropic): Stack {
  return {
    name,
    family: 'anthropic',
    api: 'messages',
    takesHeaders: true,
    make: (base, gate) => {
      const bare = construct(optionsOf(base));
      const client = gate ? gate.wrap(bare) : bare;
      return {
        held: client,
        anthropic: client,
        ask: async (prompt, asking) => {
          const message = await client.messages.create(asked(prompt), asking);
          return message.content.map((block) => (block.type === 'text' ? block.text : '')).join('');
        },
        value: (prompt) => client.messages.create(asked(prompt)),
        stream: async (prompt, { stop = false, onPiece, ...asking } = {}) => {
          const pieces: string[] = [];
          for await (const event of await client.messages.create({ ...asked(prompt), stream: true }, asking)) {
            pieces.push(JSON.stringify(event));
            onPiece?.();
            if (stop) break;
          }
          return pieces;
        },
      };
    },
  };
}

export const anthropicStacks: readonly Stack[] = [
  anthropicStack('@anthropic-ai/sdk 1.12', (options) => new Anthropic(options)),
  anthropicStack('@anthropic-ai/sdk 0.122', (options) => new Anthropic0(options as never) as unknown as Anthropic), // the same surface, as far as it is used
];
