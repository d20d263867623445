import { startProvider } from '@farthing/testkit';
import { engineConformance } from '@farthing/testkit/engine-conformance';
import { httpEngine } from './http-engine.js';
import { modelServer } from './model-server.js';

const baseURL = 'http://127.0.0.1:9/v1';

engineConformance('An engine at a server like vLLM, by chat,', async () => {
  const { fetch } = modelServer();
  return {
    engine: httpEngine({ baseURL, model: 'tiny', fetch, slots: 4 }),
    close: async () => {},
    trained: true,
    chat: true,
    tools: true,
  };
});

engineConformance('An engine at a server like vLLM, by text,', async () => {
  const { fetch } = modelServer();
  return {
    engine: httpEngine({ baseURL, model: 'tiny', fetch, slots: 4 }),
    close: async () => {},
    trained: true,
    chat: false,
    tools: false,
  };
});

engineConformance('An engine at the loopback provider', async () => {
  const provider = await startProvider({ chunkDelayMs: 1, wordsPerChunk: 1 });
  return {
    engine: httpEngine({ baseURL: provider.openaiBaseURL, model: 'gpt-4.1-nano', contextTokens: 8192, slots: 4 }),
    close: provider.close,
    trained: true,
    chat: true,
    tools: true,
    // It knows chat alone, tells of words where others tell of tokens, and reads no `stop`.
    lacks: ['text', 'stops', 'exact-limits', 'context-limit', 'logprobs', 'counting'],
  };
});
