import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import type {
  Ending,
  Engine,
  EngineFacts,
  Generation,
  Piece,
  Prompt,
  TokenLogprob,
  ToolCall,
} from '../../local/src/engine.js';

/** What an engine may be unable to do; the tests that need it are skipped, and say so. */
export type EngineLack =
  /** Prompts of text. */
  | 'text'
  /** Seeds: the same answer again. */
  | 'seeds'
  /** `stop`. */
  | 'stops'
  /** Limits that are met to the token. */
  | 'exact-limits'
  /** Refusing what does not fit into the context. */
  | 'context-limit'
  | 'embeddings'
  | 'formats'
  /** Coming to the end of JSON that no schema bounds, in 256 tokens: small models talk on in its strings. */
  | 'free-json'
  | 'logprobs'
  | 'counting';

/** What the suite needs of an engine. */
export interface EngineUnderTest {
  readonly engine: Engine;
  readonly close: () => Promise<void>;
  /** Its model writes sense: `false` for random weights, which may write nothing, or never end a number. */
  readonly trained: boolean;
  /** It takes conversations. */
  readonly chat: boolean;
  /** It calls tools. */
  readonly tools: boolean;
  /** @default nothing */
  readonly lacks?: readonly EngineLack[];
}

/** One answer, put together. */
interface Answer {
  readonly text: string;
  readonly pieces: readonly Piece[];
  readonly calls: readonly ToolCall[];
  readonly logprobs: readonly TokenLogprob[];
  readonly end: Ending;
}

const never = new AbortController().signal;
const testTimeoutMs = 120_000;
const user = (content: string): Prompt => ({ kind: 'chat', messages: [{ role: 'user', content }] });
const text = (content: string): Prompt => ({ kind: 'text', text: content });

/** Reads an answer to its end: there is one `end`, and it is the last piece. */
async function ask(engine: Engine, request: Generation, signal: AbortSignal = never): Promise<Answer> {
  const pieces: Piece[] = [];
  for await (const piece of engine.generate(request, signal)) pieces.push(piece);
  const ends = pieces.filter(({ kind }) => kind === 'end');
  const end = pieces.at(-1);
  expect(ends).toHaveLength(1);
  if (end?.kind !== 'end') return expect.unreachable('Expected the last piece to be `end`.');
  return {
    pieces,
    text: pieces.map((piece) => (piece.kind === 'text' ? piece.text : '')).join(''),
    calls: pieces.flatMap((piece) => (piece.kind === 'tool-call' ? [piece.call] : [])),
    logprobs: pieces.flatMap((piece) => (piece.kind === 'text' ? (piece.logprobs ?? []) : [])),
    end,
  };
}

/** What it rejects with. */
async function refusal(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => expect.unreachable('Expected it to fail.'),
    (error: unknown) => error,
  );
}

const localError = (code?: string) =>
  expect.objectContaining({ name: 'LocalError', code: code ?? (expect.any(String) as unknown) });

/**
 * Registers the tests that every engine must pass. `open` is called once; what `chat`, `tools`, `trained` and `lacks` of its
 * result rule out is skipped.
 */
export function engineConformance(name: string, open: () => Promise<EngineUnderTest>): void {
  describe(`${name} conforms`, { timeout: testTimeoutMs }, () => {
    let under: EngineUnderTest;
    let engine: Engine;
    let facts: EngineFacts;
    /** Of the kind that it takes. */
    let prompt: Prompt;
    beforeAll(async () => {
      under = await open();
      engine = under.engine;
      facts = await engine.load();
      prompt = under.chat ? user('Tell me about the day of a little cat.') : text('Once upon a time');
    }, testTimeoutMs);
    afterAll(() => under?.close());

    const need = ({ skip }: TestContext, ...needed: readonly (EngineLack | 'chat' | 'tools')[]): void => {
      for (const each of needed)
        skip(
          each === 'chat' || each === 'tools' ? !under[each] : (under.lacks ?? []).includes(each),
          `without ${each}`,
        );
    };
    const short = (more: Partial<Generation> = {}): Generation => ({
      prompt,
      maxTokens: 16,
      temperature: 0,
      seed: 7,
      ...more,
    });

    it('loads once, and says the same when asked again', async () => {
      expect(await engine.load()).toEqual(facts);
      expect(facts.contextTokens).toBeGreaterThan(0);
      expect(facts.slots).toBeGreaterThan(0);
    });

    it('continues a text', async (context) => {
      need(context, 'text');
      const { end, text: written } = await ask(engine, short({ prompt: text('Once upon a time') }));
      expect(end.promptTokens).toBeGreaterThan(0);
      if (under.trained) expect(written.trim()).not.toBe('');
    });

    it('answers a conversation', async (context) => {
      need(context, 'chat');
      const conversation: Prompt = {
        kind: 'chat',
        messages: [
          { role: 'system', content: 'You are brief.' },
          { role: 'user', content: 'Hello!' },
          { role: 'assistant', content: 'Hello. What can I do?' },
          { role: 'user', content: 'Tell me about the little cat.' },
        ],
      };
      const { end, text: written } = await ask(engine, short({ prompt: conversation }));
      expect(end.promptTokens).toBeGreaterThan(0);
      if (under.trained) expect(written.trim()).not.toBe('');
    });

    it('counts what it read and wrote', async () => {
      const { end } = await ask(engine, short());
      expect(end.promptTokens).toBeGreaterThan(0);
      expect(end.cachedTokens).toBeGreaterThanOrEqual(0);
      expect(end.cachedTokens).toBeLessThanOrEqual(end.promptTokens);
      expect(end.outputTokens).toBeLessThanOrEqual(16);
      expect(end.reasoningTokens).toBeLessThanOrEqual(end.outputTokens);
      for (const share of Object.values(end.work ?? {})) expect(share).toBeGreaterThanOrEqual(0);
    });

    it.each([1, 2, 7])('holds the limit of %i tokens', async (maxTokens) => {
      const { end } = await ask(engine, short({ maxTokens }));
      expect(end.outputTokens).toBeLessThanOrEqual(maxTokens);
      if (end.reason === 'length' && !under.lacks?.includes('exact-limits')) expect(end.outputTokens).toBe(maxTokens);
      if (end.reason !== 'length') expect(end.reason).toBe('end');
    });

    it('gives the same answer again without chance, and with the same chance', async (context) => {
      need(context, 'seeds');
      for (const temperature of [0, 0.9]) {
        const first = await ask(engine, short({ temperature }));
        const second = await ask(engine, short({ temperature }));
        expect(second.text).toBe(first.text);
        expect(second.end.outputTokens).toBe(first.end.outputTokens);
        expect(second.end.reason).toBe(first.end.reason);
      }
    });

    it('ends before a stop', async (context) => {
      need(context, 'stops', 'seeds');
      const whole = (await ask(engine, short({ maxTokens: 32 }))).text;
      // Of its own answer's middle: it must come to it, across tokens.
      const stop = whole.slice(Math.floor(whole.length / 2), Math.floor(whole.length / 2) + 3);
      context.skip(stop.length === 0 || stop.includes('\uFFFD'), 'wrote nothing to stop at');
      const { text: cut, end } = await ask(engine, short({ maxTokens: 32, stop: ['never to be found', stop] }));
      expect(cut).not.toContain(stop);
      expect(cut).toBe(whole.slice(0, whole.indexOf(stop)));
      // A server need not say that it was a stop.
      expect(['stop', 'end']).toContain(end.reason);
      if (end.reason === 'stop') expect(end.stopped).toBe(stop);
    });

    it('stops where it is told to, and answers afterwards', async () => {
      const stopping = new AbortController();
      const reason = new Error('no longer wanted');
      let seen = 0;
      const error = await refusal(
        (async () => {
          const request: Generation = { prompt, temperature: 0, maxTokens: 256 };
          for await (const { kind } of engine.generate(request, stopping.signal)) {
            expect(kind).not.toBe('end');
            seen += 1;
            stopping.abort(reason);
          }
        })(),
      );
      expect(error === reason || (error as { name?: unknown }).name === 'LocalError').toBe(true); // looked at, whatever it is
      // What was on its way may still come, the rest of the answer not.
      expect(seen).toBeGreaterThan(0);
      expect((await ask(engine, short())).end.promptTokens).toBeGreaterThan(0);
    });

    it('does not begin what was stopped before', async () => {
      const error = await refusal(ask(engine, short(), AbortSignal.abort(new Error('too late'))));
      expect(error).toMatchObject({ message: expect.any(String) });
      expect((await ask(engine, short())).end.promptTokens).toBeGreaterThan(0);
    });

    it('frees the slot of whoever leaves early', async () => {
      for (let round = 0; round <= facts.slots; round += 1)
        for await (const _ of engine.generate({ prompt, temperature: 0, maxTokens: 256 }, never)) break;
      expect((await ask(engine, short())).end.promptTokens).toBeGreaterThan(0);
    });

    it('answers more at once than it has slots', async () => {
      const answers = await Promise.all(Array.from({ length: 2 * facts.slots }, () => ask(engine, short())));
      for (const { end } of answers) expect(end.promptTokens).toBeGreaterThan(0);
    });

    it('gives each its own answer', async (context) => {
      need(context, 'formats');
      const words = Array.from({ length: facts.slots + 1 }, (_, at) => `w${at}`);
      const answers = await Promise.all(
        words.map((word) =>
          ask(engine, short({ maxTokens: 64, format: { kind: 'schema', schema: { type: 'string', enum: [word] } } })),
        ),
      );
      expect(answers.map(({ text: written }) => JSON.parse(written))).toEqual(words);
    });

    it('refuses a prompt that is too long, and cuts nothing off', async (context) => {
      need(context, 'context-limit');
      const long = 'tea '.repeat(facts.contextTokens + 1);
      const error = await refusal(ask(engine, short({ prompt: under.chat ? user(long) : text(long) })));
      expect(error).toEqual(localError('context_length_exceeded'));
      expect(String(error)).not.toContain('tea tea');
      expect((await ask(engine, short())).end.promptTokens).toBeGreaterThan(0);
    });

    it('turns texts into vectors of norm 1', async (context) => {
      need(context, 'embeddings');
      const { vectors, promptTokens } = await engine.embed(['a red ball', 'the sea', 'a red ball'], never);
      expect(vectors).toHaveLength(3);
      expect(new Set(vectors.map(({ length }) => length)).size).toBe(1);
      expect(promptTokens).toBeGreaterThan(0);
      for (const vector of vectors) expect(Math.hypot(...vector)).toBeCloseTo(1, 4);
      const [first, second, third] = vectors.map((vector) => [...vector]);
      const cosine = (a: readonly number[] = [], b: readonly number[] = []): number =>
        a.reduce((sum, value, at) => sum + value * (b[at] ?? 0), 0);
      expect(cosine(first, third)).toBeCloseTo(1, 4);
      expect(cosine(first, second)).toBeLessThan(0.9999);
      // In whatever company and order, a text has its vector.
      const [sea, ball] = (await engine.embed(['the sea', 'a red ball'], never)).vectors;
      expect(cosine(sea, second)).toBeCloseTo(1, 3);
      expect(cosine(ball, first)).toBeCloseTo(1, 3);
    });

    it('writes JSON', async (context) => {
      need(context, 'formats');
      const { text: written, end } = await ask(engine, short({ maxTokens: 256, format: { kind: 'json' } }));
      expect(written.trimStart()).toMatch(/^[{[]/);
      if (end.reason === 'length') expect(under.trained && !under.lacks?.includes('free-json')).toBe(false);
      else expect(typeof JSON.parse(written)).toBe('object');
    });

    it('writes JSON that fits a schema', async (context) => {
      need(context, 'formats');
      const schema = {
        type: 'object',
        properties: { color: { type: 'string', enum: ['red', 'blue'] }, size: { type: 'integer' } },
        required: ['color', 'size'],
        additionalProperties: false,
      };
      const request = short({ maxTokens: 128, format: { kind: 'schema', schema } });
      const { text: written, end } = await ask(engine, request);
      if (end.reason === 'length') {
        expect(under.trained).toBe(false);
        expect(written.trimStart().startsWith('{')).toBe(true);
        return;
      }
      const value: unknown = JSON.parse(written);
      expect(value).toEqual({ color: expect.stringMatching(/^(red|blue)$/), size: expect.any(Number) });
      expect(Number.isInteger((value as { size: number }).size)).toBe(true); // it has the form just checked
    });

    it('tells how likely each token was', async (context) => {
      need(context, 'logprobs');
      const { logprobs, end, text: written } = await ask(engine, short({ maxTokens: 6, logprobs: 3 }));
      // The token that ends an answer is counted, and need not be told.
      expect(end.outputTokens - logprobs.length).toBeGreaterThanOrEqual(0);
      expect(end.outputTokens - logprobs.length).toBeLessThanOrEqual(end.reason === 'length' ? 0 : 1);
      if (under.trained)
        expect(
          logprobs
            .map(({ token }) => token)
            .join('')
            .trim(),
        ).toBe(written.trim());
      for (const { logprob, top } of logprobs) {
        expect(logprob).toBeLessThanOrEqual(0);
        expect(top.length).toBeLessThanOrEqual(3);
        const worth = top.map((each) => each.logprob);
        expect(worth).toEqual(worth.toSorted((a, b) => b - a));
        // Without chance it takes the likeliest.
        if (worth[0] !== undefined) expect(logprob).toBeCloseTo(worth[0], 3);
      }
    });

    it('does not tell how likely tokens were unasked', async () => {
      expect((await ask(engine, short())).logprobs).toEqual([]);
    });

    it('calls a tool that has to be called', async (context) => {
      need(context, 'tools');
      const parameters = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
      const tools = [{ name: 'weather', description: 'The weather in a city.', parameters }];
      const content = 'What is the weather in Paris?';
      const { calls, end } = await ask(
        engine,
        short({
          maxTokens: 256,
          prompt: { kind: 'chat', messages: [{ role: 'user', content }], tools },
          toolChoice: 'required',
        }),
      );
      if (!under.trained && end.reason === 'length') return;
      expect(end.reason).toBe('tool-calls');
      expect(calls.length).toBeGreaterThan(0);
      for (const call of calls) {
        expect(call).toMatchObject({ name: 'weather', id: expect.stringMatching(/./) });
        expect(JSON.parse(call.arguments)).toEqual({ city: expect.any(String) });
      }
    });

    it('counts tokens as it does for an answer', async (context) => {
      need(context, 'counting');
      expect(await engine.countTokens(prompt, never)).toBe((await ask(engine, short())).end.promptTokens);
    });

    it('unloads, fails clearly or loads by itself, and loads again', async () => {
      await engine.unload();
      await ask(engine, short()).then(
        ({ end }) => expect(end.promptTokens).toBeGreaterThan(0),
        (error) => expect(error).toEqual(localError()),
      );
      await engine.unload();
      await engine.unload();
      expect(await engine.load()).toMatchObject({ contextTokens: facts.contextTokens, slots: facts.slots });
      expect((await ask(engine, short())).end.promptTokens).toBeGreaterThan(0);
    });

    it('ends what is under way when it is unloaded', async () => {
      const error = await refusal(
        (async () => {
          for await (const { kind } of engine.generate({ prompt, temperature: 0, maxTokens: 256 }, never)) {
            expect(kind).not.toBe('end');
            await engine.unload();
          }
        })(),
      );
      expect(error).toEqual(localError());
      await engine.load();
      expect((await ask(engine, short())).end.promptTokens).toBeGreaterThan(0);
    });
  });
}
