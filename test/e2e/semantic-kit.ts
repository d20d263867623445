import { lexical } from 'farthing';
import { chat, type sharedProvider, watchedGate } from './setup.js';

type Watched = ReturnType<typeof watchedGate>;
type GateOptions = NonNullable<Parameters<typeof watchedGate>[0]>;
type SemanticOptions = NonNullable<Extract<GateOptions['cache'], object>['semantic']>;
type CallOptions = Parameters<Watched['gate']['options']>[0];

/** A semantic cache that needs no model, and whose coin draws no audit. */
export const semantic: SemanticOptions = { embedder: lexical(), random: () => 0.99 };

/** A watched gate with such a cache; answers are shared by all unless told otherwise. */
export function semanticGate(more: Partial<SemanticOptions> = {}, options: GateOptions = {}): Watched {
  return watchedGate({ cache: { share: 'all', semantic: { ...semantic, ...more } }, ...options });
}

/** What one call may have of its own. */
interface Question {
  readonly body?: object;
  readonly options?: CallOptions;
  readonly headers?: Record<string, string>;
}

/** What came back, read to its end. */
interface Answer {
  readonly source: string | null;
  readonly text: string;
  readonly headers: Headers;
}

/** Asks gates in front of a provider. */
export function asking(
  shared: ReturnType<typeof sharedProvider>,
): (one: Watched, content: unknown, question?: Question) => Promise<Answer> {
  return async ({ gate }, content, { body = {}, options = {}, headers = {} } = {}) => {
    const messages = [{ role: 'user', content }];
    const response = await gate.fetch(
      ...chat(shared.provider.openaiBaseURL, { messages, ...body }, { ...headers, ...gate.options(options).headers }),
    );
    return {
      source: response.headers.get('x-farthing-source'),
      text: await response.text(),
      headers: response.headers,
    };
  };
}

export type { Watched };
