import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Call } from '../../call.js';
import { answerPartsOf } from '../../dialects/answer-parts.js';
import { openAIChat } from '../../dialects/openai-chat.js';
import { openAIResponses } from '../../dialects/openai-responses.js';
import { askingLogprobs, streamWithoutLogprobs } from './asked-logprobs.js';
import { passOn, readAhead } from './read-ahead.js';

/** A response that brings these pieces, and what became of it. */
function responseOf(pieces: readonly Uint8Array[], fails = false) {
  const state = { pulled: 0, cancelled: undefined as unknown };
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const piece = pieces[state.pulled++];
        if (piece) controller.enqueue(piece);
        else if (fails) controller.error(new TypeError('terminated'));
        else controller.close();
      },
      cancel(reason) {
        state.cancelled = reason;
      },
    },
    { highWaterMark: 0 },
  );
  return { state, response: new Response(body, { status: 203, headers: { 'x-request-id': 'req' } }) };
}

async function piecesOf(response: Response): Promise<Uint8Array[]> {
  const pieces: Uint8Array[] = [];
  for await (const piece of response.body ?? []) pieces.push(piece);
  return pieces;
}

const bytes = fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { maxLength: 12 });

describe('an answer that was read ahead', () => {
  it('comes in the pieces in which it came, wherever reading stopped', async () => {
    await fc.assert(
      fc.asyncProperty(bytes, fc.nat(14), async (pieces, stop) => {
        const { response } = responseOf(pieces);
        let seen = 0;
        const read = await readAhead(response, { isEnough: () => ++seen >= stop, signal: undefined });
        expect(read.ended).toBe(pieces.length > 0 && stop <= pieces.length ? 'enough' : 'done');
        const passed = passOn(response, read);
        expect([passed.status, passed.headers.get('x-request-id')]).toEqual([203, 'req']);
        expect(await piecesOf(passed)).toEqual(pieces);
      }),
    );
  });

  it('fails where it failed, after what had come', async () => {
    const { response } = responseOf([Uint8Array.of(1), Uint8Array.of(2)], true);
    const read = await readAhead(response, { isEnough: () => false, signal: undefined });
    expect(read.ended).toBe('failed');
    const reader = passOn(response, read).body?.getReader();
    expect((await reader?.read())?.value).toEqual(Uint8Array.of(1));
    expect((await reader?.read())?.value).toEqual(Uint8Array.of(2));
    await expect(reader?.read()).rejects.toThrow('terminated');
  });

  it('is read no further than its caller reads, and cancelled with it', async () => {
    const { response, state } = responseOf([1, 2, 3, 4, 5].map((value) => Uint8Array.of(value)));
    const read = await readAhead(response, { isEnough: () => true, signal: undefined });
    const reader = passOn(response, read).body?.getReader();
    await reader?.read();
    expect(state.pulled).toBe(1);
    await reader?.read();
    expect(state.pulled).toBe(2);
    await reader?.cancel('enough');
    expect(state.cancelled).toBe('enough');
  });

  it('is left with its caller', async () => {
    const caller = new AbortController();
    const hanging = new Response(new ReadableStream({ pull: () => new Promise(() => {}) }));
    const reading = readAhead(hanging, { isEnough: () => false, signal: caller.signal });
    caller.abort(new Error('gone'));
    await expect(reading).rejects.toThrow('gone');
  });
});

describe('log probabilities', () => {
  const parts = answerPartsOf(openAIChat)?.logprobs;
  if (!parts) throw new Error('Expected chat completions to have log probabilities.');

  it('are asked for in the caller’s own text, to the last digit', () => {
    const bodyText = ' {"seed":12345678901234567890,"messages":[]}';
    const call = { body: JSON.parse(bodyText), bodyText } as Call; // all that is read of it
    const asking = askingLogprobs(call, parts);
    expect(asking.bodyText).toBe(' {"logprobs":true,"seed":12345678901234567890,"messages":[]}');
    expect(asking.body['logprobs']).toBe(true);
    const refused = { body: { logprobs: null }, bodyText: '{"logprobs":null}' } as unknown as Call; // as above
    expect(JSON.parse(askingLogprobs(refused, parts).bodyText)).toEqual({ logprobs: true });
  });

  it('are taken out of a stream, however it is cut, and of nothing else', () => {
    const event = (logprobs: unknown): string =>
      `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: 'ä "logprobs"' }, logprobs }] })}\n\n`;
    const sent = new TextEncoder().encode(`${event({ content: [{ logprob: -1 }] })}data: [DONE]\n\n`);
    fc.assert(
      fc.property(fc.nat(sent.length), (cut) => {
        const strip = streamWithoutLogprobs(parts);
        const out = [strip(sent.slice(0, cut)), strip(sent.slice(cut)), strip(undefined)];
        expect(out.map((piece) => new TextDecoder().decode(piece)).join('')).toBe(`${event(null)}data: [DONE]\n\n`);
      }),
    );
  });

  it('of the Responses API stand in parts, items and deltas, and are no business of a tool’s', () => {
    const without = answerPartsOf(openAIResponses)?.logprobs?.without;
    const part = (logprobs: unknown[]) => ({ type: 'output_text', text: 'a', logprobs });
    const response = (logprobs: unknown[]) => ({
      output: [{ type: 'message', content: [part(logprobs)] }],
      tools: [{ parameters: { properties: { logprobs: { type: 'array' } } } }],
    });
    expect(without?.({ response: response([1]) })).toEqual({ response: response([]) });
    expect(without?.({ type: 'x', delta: 'a', logprobs: [1], part: part([1]) })).toEqual({
      type: 'x',
      delta: 'a',
      logprobs: [],
      part: part([]),
    });
  });
});
