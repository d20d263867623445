import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { ServedPiece } from '../host.js';
import { createHandler } from './handle.js';
import { ended, scriptedHost } from './scripted-host.test-kit.js';

/** Texts in pieces, cut anywhere: also inside of a character of two UTF-16 units. */
const pieces = fc
  .array(fc.tuple(fc.constantFrom('text', 'reasoning'), fc.string({ unit: 'binary' })), { maxLength: 6 })
  .chain((runs) => fc.tuple(fc.constant(runs), fc.array(fc.nat(40), { maxLength: 6 })))
  .map(([runs, cuts]) =>
    runs.flatMap(([kind, text]) => {
      const places = [0, ...cuts.filter((cut) => cut < text.length).toSorted((one, other) => one - other), text.length];
      const parts = places.slice(1).map((place, index) => text.slice(places[index], place));
      return parts.map((part): ServedPiece => ({ kind: kind === 'text' ? 'text' : 'reasoning', text: part }));
    }),
  );

function textOf(script: readonly ServedPiece[], kind: 'text' | 'reasoning'): string {
  return script.map((piece) => (piece.kind === kind ? piece.text : '')).join('');
}

async function ask(path: string, script: readonly ServedPiece[], stream: boolean): Promise<string> {
  const messages = [{ role: 'user', content: 'Hi' }];
  const body = JSON.stringify({ model: 'tiny', messages, prompt: 'Hi', max_tokens: 5, stream });
  const handler = createHandler(scriptedHost({ pieces: [...script, ended()] }));
  return (await handler(new Request(`http://local${path}`, { method: 'POST', body }))).text();
}

async function events(path: string, script: readonly ServedPiece[]) {
  const text = await ask(path, script, true);
  expect(text.endsWith('\n\n')).toBe(true);
  const lines = text.split('\n').filter((line) => line.startsWith('data: {'));
  return lines.map((line) => JSON.parse(line.slice('data: '.length)));
}

it('any split of an answer gives the same text in chat, streamed or not', async () => {
  await fc.assert(
    fc.asyncProperty(pieces, async (script) => {
      const wanted = [textOf(script, 'text'), textOf(script, 'reasoning')];
      const whole = JSON.parse(await ask('/chat/completions', script, false)).choices[0].message;
      expect([whole.content, whole.reasoning_content ?? '']).toEqual(wanted);
      const deltas = (await events('/chat/completions', script)).map((chunk) => chunk.choices[0].delta);
      const joined = (field: string) => deltas.map((delta) => delta[field] ?? '').join('');
      expect([joined('content'), joined('reasoning_content')]).toEqual(wanted);
    }),
    { numRuns: 60 },
  );
});

it('any split of an answer gives the same text in completions, streamed or not', async () => {
  await fc.assert(
    fc.asyncProperty(pieces, async (script) => {
      const whole = JSON.parse(await ask('/completions', script, false)).choices[0].text;
      const streamed = (await events('/completions', script)).map((chunk) => chunk.choices[0].text).join('');
      expect([whole, streamed]).toEqual([textOf(script, 'text'), textOf(script, 'text')]);
    }),
    { numRuns: 60 },
  );
});

it('any split of an answer gives the same text in messages, streamed or not, in blocks that open and close in turn', async () => {
  await fc.assert(
    fc.asyncProperty(pieces, async (script) => {
      const wanted = [textOf(script, 'text'), textOf(script, 'reasoning')];
      const { content } = JSON.parse(await ask('/messages', script, false));
      const part = (type: string) => content.find((block: { type: string }) => block.type === type)?.[type] ?? '';
      expect([part('text'), part('thinking')]).toEqual(wanted);
      const sent = await events('/messages', script);
      const deltas = sent.flatMap((event) => (event.type === 'content_block_delta' ? [event.delta] : []));
      const joined = (field: string) => deltas.map((delta) => delta[field] ?? '').join('');
      expect([joined('text'), joined('thinking')]).toEqual(wanted);
      const order = sent.map((event) => event.type.replace('content_block_', '') + (event.index ?? '')).join(' ');
      expect(order).toMatch(/^message_start( start(\d+)( delta\2)+ stop\2)* message_delta message_stop$/);
    }),
    { numRuns: 60 },
  );
});
