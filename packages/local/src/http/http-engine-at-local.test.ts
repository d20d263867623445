import { engineConformance } from '@farthing/testkit/engine-conformance';
import { createLocal } from '../local.js';
import { httpEngine } from './http-engine.js';
import { modelServer } from './model-server.js';

const baseURL = 'http://127.0.0.1:9/v1';

engineConformance('An engine at another farthing-local', async () => {
  const { fetch } = modelServer();
  const tiny = { engine: httpEngine({ baseURL, model: 'tiny', fetch, slots: 4 }) };
  const local = createLocal({ models: { tiny }, trust: 'unsigned' });
  // A model that is idle does not tell its context.
  await local.ready('tiny');
  return {
    engine: httpEngine({ baseURL, model: 'tiny', fetch: local.fetch, slots: 4 }),
    close: local.close,
    trained: true,
    chat: true,
    tools: true,
    lacks: ['counting'],
  };
});
