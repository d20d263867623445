import { setImmediate as nextTurn } from 'node:timers/promises';

/** A request that the server got. */
export interface Got {
  readonly path: string;
  readonly json: Readonly<Record<string, unknown>>;
  readonly headers: Headers;
}

/** A small server in memory, with the manners of vLLM, behind a `fetch`. Its tokens are words; a seed is its whole model. */
export interface ModelServer {
  readonly fetch: typeof globalThis.fetch;
  readonly got: readonly Got[];
}

const modelServerContext = 512;

const words = ['the', 'little', 'cat', 'sat', 'by', 'an', 'old', 'door', 'and', 'saw', 'rain', 'fall', 'on', 'leaves'];
type Json = Readonly<Record<string, unknown>>;

/** Opens one. */
export function modelServer(): ModelServer {
  const got: Got[] = [];
  const answer = async (path: string, json: Json, signal: AbortSignal | null | undefined): Promise<Response> => {
    switch (path) {
      case '/v1/models':
        return Response.json({ data: [{ id: 'tiny', object: 'model', max_model_len: modelServerContext }] });
      case '/tokenize':
        return Response.json({ count: tokensOf(json), max_model_len: modelServerContext, tokens: [] });
      case '/v1/embeddings':
        return Response.json({ data: embeddingsOf(json).toReversed(), usage: { prompt_tokens: 4, total_tokens: 4 } });
      case '/v1/completions':
      case '/v1/chat/completions':
        if (tokensOf(json) >= modelServerContext) return tooLong(json);
        return stream(eventsOf(json, path === '/v1/completions'), signal);
      default:
        return Response.json({ detail: 'Not Found' }, { status: 404 });
    }
  };
  return {
    got,
    fetch: async (input, init) => {
      const request = new Request(input, init);
      const body = await request.text();
      const json = (body === '' ? {} : JSON.parse(body)) as Json; // read loosely: a client's request
      const path = new URL(request.url).pathname;
      got.push({ path, json, headers: request.headers });
      return answer(path, json, init?.signal);
    },
  };
}

function tooLong(json: Json): Response {
  const message = `This model's maximum context length is ${modelServerContext} tokens. However, you requested ${JSON.stringify(json)}`;
  return Response.json({ error: { message, type: 'BadRequestError', param: null, code: 400 } }, { status: 400 });
}

function textOf(json: Json): string {
  return typeof json['prompt'] === 'string' ? json['prompt'] : JSON.stringify(json['messages']);
}

function tokensOf(json: Json): number {
  return 1 + textOf(json).split(/\s+/).length;
}

function embeddingsOf(json: Json) {
  const texts = json['input'] as readonly string[]; // as the engine sends it
  return texts.map((text, index) => ({
    index,
    embedding: Array.from({ length: 8 }, (_, at) => 1 + (text.charCodeAt(at % text.length) % 17)),
  }));
}

/** What it writes, token by token. */
function written(json: Json): readonly string[] {
  const format = json['response_format'] as { type: string; json_schema?: { schema: Json } } | undefined; // as sent
  const schema = format?.json_schema?.schema;
  const choices = schema?.['enum'] as readonly string[] | undefined; // as sent
  if (choices) return [JSON.stringify(choices[0])];
  if (schema) return ['{"color":', '"blue",', '"size":', '3}'];
  if (format) return ['{"ok":', 'true}'];
  let state = Number(json['seed'] ?? 1) + textOf(json).length;
  return Array.from({ length: 300 }, () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return `${words[state % words.length]} `;
  });
}

function eventsOf(json: Json, older: boolean): readonly string[] {
  const limit = Number(json['max_tokens'] ?? 300);
  const tools = json['tool_choice'] === 'required';
  const all = tools ? [] : written(json);
  const tokens = all.slice(0, limit);
  const stops = (json['stop'] as readonly string[] | undefined) ?? []; // as sent
  const text = tokens.join('');
  const [at, stop] = stops
    .map((each) => [text.indexOf(each), each] as const)
    .filter(([found]) => found >= 0)
    .toSorted(([a], [b]) => a - b)[0] ?? [text.length, undefined];
  const asked = older ? json['logprobs'] !== undefined : json['logprobs'] === true;
  let open = at;
  const said = tokens.flatMap((token) => {
    const part = token.slice(0, Math.max(0, open));
    open -= token.length;
    return part === '' ? [] : [chunk(older, part, token, asked)];
  });
  const reason = tools ? 'tool_calls' : stop !== undefined || tokens.length === all.length ? 'stop' : 'length';
  const usage = { prompt_tokens: tokensOf(json), completion_tokens: tools ? 5 : said.length };
  const last = {
    index: 0,
    ...(older ? { text: '' } : { delta: {} }),
    finish_reason: reason,
    stop_reason: stop ?? null,
  };
  return [...(tools ? calls() : said), event({ choices: [last] }), event({ choices: [], usage }), 'data: [DONE]\n\n'];
}

function chunk(older: boolean, part: string, token: string, asked: boolean): string {
  const chat = {
    content: [
      {
        token,
        logprob: -0.5,
        top_logprobs: [
          { token: 'x', logprob: -2 },
          { token, logprob: -0.5 },
        ],
      },
    ],
  };
  const plain = { tokens: [token], token_logprobs: [-0.5], top_logprobs: [{ x: -2, [token]: -0.5 }] };
  const spoken = older ? { text: part } : { delta: { content: part } };
  return event({
    choices: [{ index: 0, ...spoken, logprobs: asked ? (older ? plain : chat) : null, finish_reason: null }],
  });
}

function calls(): readonly string[] {
  const parts = [
    { index: 0, id: 'call_1', type: 'function', function: { name: 'weather', arguments: '' } },
    { index: 0, function: { arguments: '{"city":' } },
    { index: 0, function: { arguments: '"Paris"}' } },
  ];
  return parts.map((part) => event({ choices: [{ index: 0, delta: { tool_calls: [part] }, finish_reason: null }] }));
}

function event(value: unknown): string {
  return `data: ${JSON.stringify(value)}\n\n`;
}

/** Sends events as they are asked for. */
function stream(events: readonly string[], signal: AbortSignal | null | undefined): Response {
  const rest = events.map((each) => new TextEncoder().encode(each));
  let open = true;
  const leave = (): void => {
    open = false;
  };
  const body = new ReadableStream<Uint8Array>(
    {
      start: (controller) =>
        signal?.addEventListener('abort', () => {
          if (open) controller.error(signal.reason);
          leave();
        }),
      pull: async (controller) => {
        await nextTurn();
        if (!open) return;
        const next = rest.shift();
        if (next) return controller.enqueue(next);
        open = false;
        controller.close();
      },
      cancel: leave,
    },
    { highWaterMark: 0 },
  );
  return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
}
