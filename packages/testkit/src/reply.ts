import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { Exchange } from './exchange.js';
import { writePieces } from './faults.js';

/** Sends a JSON body, with what goes wrong on the way. */
export async function sendJson(exchange: Exchange, body: unknown, status = 200): Promise<void> {
  const { response, request, fault, options, script } = exchange;
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  response.statusCode = script?.status ?? status;
  response.setHeader('content-type', script?.contentType ?? 'application/json');
  for (const [name, value] of Object.entries(script?.headers ?? {})) response.setHeader(name, value);
  if (options.gzip && String(request.headers['accept-encoding']).includes('gzip')) {
    response.setHeader('content-encoding', 'gzip');
    response.end(gzipSync(text));
    return;
  }
  if (!fault) {
    response.end(text);
    return;
  }
  response.flushHeaders();
  if (fault.kind === 'slowBody') await sleep(fault.delayMs);
  if (await writePieces(response, [text], fault, 0)) response.end();
}

/** Sends an event stream, with what goes wrong on the way; answers whether it went out whole. */
export async function sendEvents(exchange: Exchange, events: readonly string[]): Promise<boolean> {
  const { response, fault, options, script } = exchange;
  response.statusCode = 200;
  response.setHeader('content-type', 'text/event-stream; charset=utf-8');
  response.setHeader('cache-control', 'no-cache');
  for (const [name, value] of Object.entries(script?.headers ?? {})) response.setHeader(name, value);
  response.flushHeaders();
  if (fault?.kind === 'hang' && fault.afterHeaders) return false;
  const whole = await writePieces(response, events, fault, options.chunkDelayMs);
  if (whole) response.end();
  return whole && !response.destroyed;
}

/** An error in OpenAI's shape. */
export function openAIError(message: string, type = 'invalid_request_error', code: string | null = null): unknown {
  return { error: { message, type, param: null, code } };
}

/** An error in Anthropic's shape. */
export function anthropicError(message: string, type = 'invalid_request_error'): unknown {
  return { type: 'error', error: { type, message } };
}

/** The tools a request offers, one of them to be called: by script, or since the request insists. */
export function toolsToCall(
  exchange: Exchange,
  tools: readonly { readonly name: string; readonly schema: unknown }[],
  forced: string | boolean,
  valueFor: (schema: unknown, seed: string) => unknown,
): readonly { readonly name: string; readonly arguments: unknown }[] {
  if (exchange.script?.toolCalls) return exchange.script.toolCalls;
  if (forced === false) return [];
  const tool = tools.find(({ name }) => forced === true || name === forced);
  return tool ? [{ name: tool.name, arguments: valueFor(tool.schema, tool.name) }] : [];
}
