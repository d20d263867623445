import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { engineConformance } from '@farthing/testkit/engine-conformance';
import { chatTemplate, encoderModel, scriptedModel, testModels, writeGguf } from '@farthing/testkit/gguf';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import type { Engine, Generation, Piece } from '../engine.js';
import { createLlamaEngine } from './llama-engine.js';
import type { ChildSettings } from './messages.js';
import { modelProcesses } from './model-processes.test-kit.js';

const folder = mkdtempSync(join(tmpdir(), 'farthing-llama-'));
const model = testModels(folder);
const opened: Engine[] = [];
// Real processes with real models take their time on a busy machine.
vi.setConfig({ testTimeout: 60_000 });
afterEach(async () => {
  await Promise.all(opened.splice(0).map((engine) => engine.unload()));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function open(settings: Partial<ChildSettings> = {}): Engine {
  const all = { path: model.path, contextTokens: 1024, slots: 4, threads: 1, gpu: false, ...settings } as const;
  const engine = createLlamaEngine({
    prepare: async () => ({ settings: all, checkAgain: async () => {} }),
    onWarning: () => {},
    nowMs: () => performance.now(),
  });
  opened.push(engine);
  return engine;
}

/** A model that writes these lines, each behind its character. */
function scripted(name: string, lines: Readonly<Record<string, readonly string[]>>, template = chatTemplate): Engine {
  const path = join(folder, `${name}.gguf`);
  writeGguf(path, scriptedModel(lines, template));
  return open({ path, contextTokens: 2048 });
}

async function piecesOf(engine: Engine, request: Generation, signal = new AbortController().signal): Promise<Piece[]> {
  const pieces: Piece[] = [];
  for await (const piece of engine.generate(request, signal)) pieces.push(piece);
  return pieces;
}

const textOf = (pieces: readonly Piece[]): string =>
  pieces.map((piece) => (piece.kind === 'text' ? piece.text : '')).join('');
const endOf = (pieces: readonly Piece[]) => {
  const end = pieces.at(-1);
  return end?.kind === 'end' ? end : expect.unreachable('Expected the last piece to be `end`.');
};
const text = (prompt: string, more: Partial<Generation> = {}): Generation => ({
  prompt: { kind: 'text', text: prompt },
  temperature: 0,
  maxTokens: 8,
  ...more,
});

engineConformance('llama.cpp in a process of its own', async () => {
  const engine = open({ chatTemplate });
  opened.pop(); // it lives as long as its suite
  return { engine, close: engine.unload, trained: model.trained, chat: true, tools: true, lacks: ['free-json'] };
});

describe('a prompt that was read before', () => {
  const story = 'Once upon a time there was a little girl who had a red ball and a dog. '.repeat(6);

  it('is not read again by the same conversation, nor by another one that begins alike', async () => {
    const engine = open();
    const first = endOf(await piecesOf(engine, text(`${story}Tom`)));
    expect(first.cachedTokens).toBe(0);
    // Other ends: both fit in no slot that goes on, and take one of their own.
    const others = await Promise.all(
      ['Sue', 'Ben', 'Max'].map(async (name) => endOf(await piecesOf(engine, text(`${story}${name} was there`)))),
    );
    for (const { cachedTokens, promptTokens } of others) expect(cachedTokens).toBeGreaterThan(promptTokens * 0.8);
  });

  it('is read once where it comes in several times at once', async () => {
    const engine = open();
    const ends = await Promise.all(
      ['Tom', 'Sue', 'Ben', 'Max'].map(async (name) => endOf(await piecesOf(engine, text(`${story}${name}`)))),
    );
    const read = ends.map(({ promptTokens, cachedTokens }) => promptTokens - cachedTokens).toSorted((a, b) => b - a);
    expect(read[0]).toBeGreaterThan(100);
    for (const each of read.slice(1)) expect(each).toBeLessThan(40);
  });

  it('changes nothing in the answer', async () => {
    const cold = textOf(await piecesOf(open(), text(`${story}Tom`, { maxTokens: 40 })));
    const engine = open();
    await piecesOf(engine, text(`${story}Sue went`));
    const warm = await piecesOf(engine, text(`${story}Tom`, { maxTokens: 40 }));
    expect(endOf(warm).cachedTokens).toBeGreaterThan(100);
    expect(textOf(warm)).toBe(cold);
  });
});

describe('a model that was made for chats', () => {
  const messages = [{ role: 'user', content: 'How is the weather in Paris?' }] as const;
  const tools = [
    {
      name: 'weather',
      description: 'The weather of a city.',
      parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
    },
  ];
  const call = {
    '\n': ['<tool_call>\n', '{"name": "', 'weather', '", "arguments": '],
    ' ': ['{"city": "', 'Paris', '"}', '}\n</tool_call>'],
  };

  it('calls a tool when it decides to', async () => {
    const engine = scripted('call', call);
    const pieces = await piecesOf(engine, {
      prompt: { kind: 'chat', messages, tools },
      temperature: 0,
      maxToolCalls: 1,
    });
    expect(pieces).toMatchObject([
      {
        kind: 'tool-call',
        call: { name: 'weather', arguments: '{"city":"Paris"}', id: expect.stringMatching(/^call_/) },
      },
      { kind: 'end', reason: 'tool-calls' },
    ]);
  });

  it('answers in words when it does not, also once the tool has answered', async () => {
    const engine = scripted('words', { '\n': ['It', ' is', ' sunny.'] });
    const asked = await piecesOf(engine, { prompt: { kind: 'chat', messages, tools }, temperature: 0 });
    expect([textOf(asked), endOf(asked).reason]).toEqual(['It is sunny.', 'end']);
    const answered = await piecesOf(engine, {
      prompt: {
        kind: 'chat',
        tools,
        messages: [
          ...messages,
          { role: 'assistant', content: '', toolCalls: [{ id: 'a', name: 'weather', arguments: '{"city":"Paris"}' }] },
          { role: 'tool', toolCallId: 'a', content: '{"sky":"clear"}' },
        ],
      },
      temperature: 0,
    });
    expect(textOf(answered)).toBe('It is sunny.');
  });

  it('does not go past its limit in the middle of a call, whatever the model likes', async () => {
    // Behind its own call it begins another one, for ever.
    const engine = scripted('for-ever', call);
    const end = endOf(
      await piecesOf(engine, { prompt: { kind: 'chat', messages, tools }, temperature: 0, maxTokens: 10 }),
    );
    expect(end.reason).toBe('length');
    expect(end.outputTokens).toBeLessThanOrEqual(10);
    const whole = endOf(await piecesOf(engine, { prompt: { kind: 'chat', messages, tools }, temperature: 0 }));
    expect(whole.promptTokens + whole.outputTokens).toBeLessThanOrEqual(2048);
  });

  it('calls the tool that it has to', async () => {
    const engine = open({ chatTemplate });
    const pieces = await piecesOf(engine, {
      prompt: {
        kind: 'chat',
        messages,
        tools: [
          ...tools,
          {
            name: 'time',
            parameters: { type: 'object', properties: { zone: { enum: ['utc', 'cet'] } }, required: ['zone'] },
          },
        ],
      },
      toolChoice: { name: 'time' },
      seed: 1,
    });
    const [first] = pieces;
    if (first?.kind !== 'tool-call') return expect.unreachable('Expected a call.');
    expect(first.call.name).toBe('time');
    expect(JSON.parse(first.call.arguments)).toEqual({ zone: expect.stringMatching(/^(utc|cet)$/) });
    expect(endOf(pieces).reason).toBe('tool-calls');
  });

  it('thinks before it speaks, and what it thinks is not the answer', async () => {
    const thinking = `${chatTemplate}{%- if false -%}<think></think>{{ message.reasoning_content }}{%- endif -%}`;
    const engine = scripted('think', { '\n': ['<think>', 'A sunny day.', '</think>', 'Sunny.'] }, thinking);
    const pieces = await piecesOf(engine, { prompt: { kind: 'chat', messages }, temperature: 0 });
    expect(pieces.filter(({ kind }) => kind === 'reasoning').map((piece) => 'text' in piece && piece.text)).toEqual([
      'A sunny day.',
    ]);
    expect(textOf(pieces)).toBe('Sunny.');
    expect(endOf(pieces).reasoningTokens).toBeGreaterThan(0);
  });

  // The random model has a template.
  it.skipIf(!model.trained)('can call no tools without a template, and says so', async () => {
    const asked = piecesOf(open(), { prompt: { kind: 'chat', messages, tools } });
    await expect(asked).rejects.toMatchObject({ code: 'invalid_request', param: 'tools' });
  });
});

describe('a model that was made for embeddings', () => {
  it('embeds, and says that it does not write', async () => {
    const path = join(folder, 'encoder.gguf');
    writeGguf(path, encoderModel());
    const engine = open({ path, contextTokens: 512 });
    const { signal } = new AbortController();
    const { vectors } = await engine.embed(['the cat sat', 'rain', 'the cat sat'], signal);
    expect(vectors.map(({ length }) => length)).toEqual([64, 64, 64]);
    expect(vectors[0]).toEqual(vectors[2]);
    expect(vectors[0]).not.toEqual(vectors[1]);
    await expect(piecesOf(engine, text('the cat'))).rejects.toMatchObject({ code: 'invalid_request', param: 'model' });
    await expect(engine.embed(['a '.repeat(600)], signal)).rejects.toMatchObject({ code: 'context_length_exceeded' });
  });
});

describe('a process that dies', () => {
  it('fails what is under way with a clear error, is started again, and takes nothing else down', async () => {
    const engine = open();
    await engine.load();
    const asked = engine.generate(text('Once upon a time', { maxTokens: 900 }), new AbortController().signal);
    const iterator = asked[Symbol.asyncIterator]();
    await iterator.next();
    const second = piecesOf(engine, text('The dog', { maxTokens: 900 })).catch((error: unknown) => error);
    process.kill(Math.max(...modelProcesses()), 'SIGKILL');
    await expect(
      (async () => {
        while (!(await iterator.next()).done);
      })(),
    ).rejects.toMatchObject({ code: 'engine_crashed', status: 503, message: /SIGKILL/ });
    expect(await second).toMatchObject({ code: 'engine_crashed' });
    expect(endOf(await piecesOf(engine, text('Once upon a time'))).outputTokens).toBe(8);
  });

  it('that can’t load waits longer before each next try, and says when to come back', async () => {
    let now = 0;
    let tries = 0;
    const engine = createLlamaEngine({
      prepare: async () => {
        tries += 1;
        return {
          settings: { path: join(folder, 'not-there.gguf'), contextTokens: 64, slots: 1, threads: 1, gpu: false },
          checkAgain: async () => {},
        };
      },
      onWarning: () => {},
      nowMs: () => now,
    });
    const refusal = () => engine.load().catch((error: unknown) => error);
    for (let each = 0; each < 4; each += 1) {
      expect(await refusal()).toMatchObject({ code: 'model_unavailable' });
      now += 10_000;
    }
    expect(tries).toBe(4);
    now -= 9500;
    expect(await refusal()).toMatchObject({ code: 'model_unavailable', retryAfterSeconds: 2 });
    expect(tries).toBe(4);
  });
});
