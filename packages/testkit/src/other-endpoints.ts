import type { Exchange } from './exchange.js';
import { openAIError, sendJson } from './reply.js';

/** What the endpoints beside the models keep. */
export interface Stores {
  readonly files: Map<string, { readonly name: string; readonly purpose: string; readonly data: Buffer }>;
  readonly stored: ReadonlyMap<string, unknown>;
}

/** Models, files, images, speech, a tracer's ingestion, and everything that is not there. */
export async function otherEndpoint(exchange: Exchange, path: string, { files, stored }: Stores): Promise<void> {
  const { request, response } = exchange;
  const route = `${request.method} ${path}`;
  const [, responseId] = /^GET \/v1\/responses\/([^/]+)$/.exec(route) ?? [];
  const [, fileId, content] = /^GET \/v1\/files\/([^/]+)(\/content)?$/.exec(route) ?? [];
  const file = fileId === undefined ? undefined : files.get(fileId);
  if (responseId !== undefined && stored.has(responseId)) return sendJson(exchange, stored.get(responseId));
  const anthropic = request.headers['anthropic-version'] !== undefined;
  if (file && fileId && content === undefined) return sendJson(exchange, describe(fileId, file, anthropic));
  if (file) return void response.setHeader('content-type', 'application/octet-stream').end(file.data);
  const [, deleted] = /^DELETE \/v1\/files\/([^/]+)$/.exec(route) ?? [];
  if (deleted !== undefined && files.delete(deleted))
    return sendJson(exchange, { id: deleted, object: 'file', deleted: true });
  switch (route) {
    case 'GET /v1/files':
      return sendJson(exchange, {
        object: 'list',
        data: [...files].toReversed().map(([id, each]) => describe(id, each, anthropic)),
        has_more: false,
      });
    case 'GET /v1/models':
      return sendJson(exchange, modelsPage(new URLSearchParams(request.path.split('?')[1]), anthropic));
    case 'POST /v1/files': {
      const id = exchange.id('file');
      files.set(id, readUpload(request.body, String(request.headers['content-type'])));
      const saved = files.get(id);
      return sendJson(exchange, saved && describe(id, saved, anthropic));
    }
    case 'POST /v1/images/generations':
      return sendJson(exchange, {
        created: 1,
        data: [{ b64_json: Buffer.from('PNG').toString('base64') }],
        usage: {
          input_tokens: 10,
          output_tokens: 272,
          total_tokens: 282,
          input_tokens_details: { text_tokens: 10, image_tokens: 0 },
        },
      });
    case 'POST /v1/audio/speech':
      return void response
        .setHeader('content-type', 'audio/mpeg')
        .end(Buffer.from([0xff, 0xfb, 0x00, 0x80, 0x0d, 0x0a]));
    // Where langfuse sends its traces; it asks again for events that are not named here.
    case 'POST /api/public/ingestion': {
      const { batch } = exchange.json as { batch?: readonly { readonly id?: unknown }[] }; // read loosely: a client's request
      return sendJson(exchange, { successes: (batch ?? []).map(({ id }) => ({ id, status: 201 })), errors: [] }, 207);
    }
    default:
      return sendJson(
        exchange,
        openAIError(`Unknown request URL: ${request.method} ${path}.`, 'invalid_request_error', 'unknown_url'),
        404,
      );
  }
}

const models = ['gpt-4.1-nano', 'gpt-4.1-mini', 'gpt-5-nano', 'claude-haiku-4-5', 'claude-sonnet-4-5'];

/** OpenAI's list has one page; Anthropic's has as many as are asked for. */
function modelsPage(query: URLSearchParams, paged: boolean): unknown {
  if (!paged)
    return { object: 'list', data: models.map((id) => ({ id, object: 'model', created: 1, owned_by: 'loopback' })) };
  const from = models.indexOf(query.get('after_id') ?? '') + 1;
  const page = models.slice(from, from + Number(query.get('limit') ?? 20));
  return {
    data: page.map((id) => ({ type: 'model', id, display_name: id, created_at: '2026-01-01T00:00:00Z' })),
    has_more: from + page.length < models.length,
    first_id: page[0] ?? null,
    last_id: page.at(-1) ?? null,
  };
}

function describe(
  id: string,
  { name, purpose, data }: { readonly name: string; readonly purpose: string; readonly data: Buffer },
  anthropic: boolean,
): unknown {
  if (anthropic)
    return {
      id,
      type: 'file',
      filename: name,
      mime_type: 'application/octet-stream',
      size_bytes: data.length,
      created_at: '2026-01-01T00:00:00Z',
      downloadable: true,
    };
  return { id, object: 'file', bytes: data.length, created_at: 1, filename: name, purpose, status: 'processed' };
}

/** The file and the purpose in a multipart form. */
function readUpload(
  body: Buffer,
  contentType: string,
): { readonly name: string; readonly purpose: string; readonly data: Buffer } {
  const boundary = /boundary="?([^";]+)/.exec(contentType)?.[1] ?? '';
  const parts = body.toString('latin1').split(`--${boundary}`);
  const field = (name: string): string => parts.find((part) => part.includes(`name="${name}"`)) ?? '';
  const content = (part: string): string => part.slice(part.indexOf('\r\n\r\n') + 4, part.lastIndexOf('\r\n'));
  return {
    name: /filename="([^"]*)"/.exec(field('file'))?.[1] ?? 'file',
    purpose: content(field('purpose')),
    data: Buffer.from(content(field('file')), 'latin1'),
  };
}
