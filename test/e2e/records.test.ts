import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as openTelemetry from '@opentelemetry/api';
import { context, type Histogram, metrics, type Span, trace } from '@opentelemetry/api';
import { usd } from 'farthing';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { chat, sharedProvider, watchedGate } from './setup.js';

const shared = sharedProvider();
const folder = mkdtempSync(join(tmpdir(), 'farthing-records-'));
afterAll(() => rmSync(folder, { recursive: true }));
const lines = (path: string): Record<string, unknown>[] =>
  readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe('a record', () => {
  it('tells all that a bill needs', async () => {
    const { gate, records } = watchedGate({ budgets: [{ name: 'all', limit: usd('1'), per: 'total' }] });
    const response = await gate.fetch(
      ...chat(
        shared.provider.openaiBaseURL,
        {},
        { 'x-stainless-retry-count': '2', ...gate.options({ tags: { tenant: 'a' } }).headers },
      ),
    );
    const usage = (JSON.parse(await response.text()) as { usage: { prompt_tokens: number; completion_tokens: number } })
      .usage;
    expect(records).toMatchObject([
      {
        id: response.headers.get('x-farthing-id'),
        tags: { tenant: 'a' },
        dialect: 'openai-chat',
        provider: 'openai',
        requestedModel: 'gpt-4.1-nano',
        servedModel: 'gpt-4.1-nano',
        serviceTier: 'default',
        source: 'provider',
        outcome: 'complete',
        httpStatus: 200,
        retry: 2,
        costNanoUsd: usage.prompt_tokens * 100 + usage.completion_tokens * 400,
        costParts: {
          inputTokens: BigInt(usage.prompt_tokens) * 100_000n,
          outputTokens: BigInt(usage.completion_tokens) * 400_000n,
        },
        unaccounted: [],
        budgets: [{ budget: 'all', action: 'allowed' }],
      },
    ]);
    expect(Object.keys(records[0]?.stageMs ?? {})).toEqual(['stop', 'route', 'placement', 'budget', 'provider']);
    expect(await gate.call(records[0]?.id ?? '')).toBe(records[0]);
    expect(await gate.call('call_unknown')).toBeUndefined();
  });

  it('is there when a stream has been read, for those who wait for it', async () => {
    const { gate } = watchedGate();
    const response = await gate.fetch(...chat(shared.provider.openaiBaseURL, { stream: true }));
    const record = gate.call(response.headers.get('x-farthing-id') ?? '');
    await response.text();
    expect(await record).toMatchObject({ outcome: 'complete', stream: true });
  });

  it('holds no prompt, no answer and no key, nor does anything that is logged', async () => {
    const logged: unknown[] = [];
    for (const method of ['log', 'warn', 'error', 'info', 'debug'] as const)
      vi.spyOn(console, method).mockImplementation((...all) => void logged.push(all));
    const path = join(folder, 'quiet.jsonl');
    const { gate, records, warnings } = watchedGate({
      records: { path },
      cache: true,
      budgets: [{ name: 'all', limit: usd('0.00004'), per: 'total' }],
    });
    for (const body of [{}, {}, { stream: true, seed: 3 }, { model: 'mystery' }])
      await (await gate.fetch(...chat(shared.provider.openaiBaseURL, body))).text();
    shared.provider.fault({ kind: 'reset' });
    await gate.fetch(...chat(shared.provider.openaiBaseURL, { seed: 9 })).catch(() => {});
    const told = `${readFileSync(path, 'utf8')}${warnings.join()}${JSON.stringify(logged)}${JSON.stringify(records, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value))}`;
    expect(told).not.toMatch(/chain slips|sk-secret-key|Thanks for reaching|"content"/);
    expect(told).toMatch(/gpt-4\.1-nano/);
  });
  afterEach(() => vi.restoreAllMocks());

  it('holds them where that was asked for', async () => {
    const { gate, records } = watchedGate({ recordText: true });
    await (await gate.fetch(...chat(shared.provider.openaiBaseURL))).text();
    expect(records[0]?.text?.request).toContain('The chain slips.');
    expect(records[0]?.text?.answer).toContain('choices');
  });
});

describe('the record file', () => {
  it('has one line a call, for its owner alone, and moves on when it is full', async () => {
    const path = join(folder, 'sub', 'calls.jsonl');
    const { gate, records } = watchedGate({ records: { path, maxBytes: 3000, keep: 2 } });
    for (let seed = 0; seed < 8; seed++)
      await (await gate.fetch(...chat(shared.provider.openaiBaseURL, { seed }))).text();
    expect(readdirSync(join(folder, 'sub')).sort()).toEqual(['calls.jsonl', 'calls.jsonl.1', 'calls.jsonl.2']);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(`${path}.1`).size).toBeLessThanOrEqual(3000);
    expect(lines(path).at(-1)?.['id']).toBe(records.at(-1)?.id);
    expect(lines(path).at(-1)?.['costParts']).toMatchObject({ inputTokens: expect.stringMatching(/^\d+$/) });
  });

  it('harms no call when it can’t be written', async () => {
    const file = join(folder, 'a-file');
    writeFileSync(file, '');
    const { gate, warnings } = watchedGate({ records: { path: join(file, 'calls.jsonl') } });
    expect((await gate.fetch(...chat(shared.provider.openaiBaseURL))).status).toBe(200);
    expect(warnings.join()).toMatch(/record_error: A record could not be written to the file/);
  });
});

describe('what applications may see', () => {
  it('is the id and the source; money only where it was asked for', async () => {
    const own = (headers: Headers): string[] => [...headers.keys()].filter((name) => name.startsWith('x-farthing'));
    expect(own((await watchedGate().gate.fetch(...chat(shared.provider.openaiBaseURL))).headers)).toEqual([
      'x-farthing-id',
      'x-farthing-source',
    ]);
    const { gate, records } = watchedGate({
      exposeHeaders: true,
      budgets: [{ name: 'all', limit: usd('1'), per: 'total' }],
    });
    const { headers } = await gate.fetch(...chat(shared.provider.openaiBaseURL));
    expect(own(headers)).toEqual([
      'x-farthing-budget-left',
      'x-farthing-cost',
      'x-farthing-id',
      'x-farthing-model',
      'x-farthing-saved',
      'x-farthing-source',
    ]);
    expect(Number(headers.get('x-farthing-cost')) * 1e9).toBeCloseTo(records[0]?.costNanoUsd ?? 0);
  });

  it('a listener that throws harms nobody', async () => {
    const { gate, records, warnings } = watchedGate();
    gate.on('call', () => {
      throw new Error('mine');
    });
    expect((await gate.fetch(...chat(shared.provider.openaiBaseURL))).status).toBe(200);
    expect(records.length).toBe(1);
    expect(warnings.join()).toMatch(/listener_error/);
    expect(() => gate.on('cal' as 'call', () => {})).toThrow(
      /expected 'call', 'alert', 'assumed', 'revoked', 'tenantPaused', 'audit', 'outcome', 'routeRevoked', got 'cal'/,
    );
  });
});

describe('OpenTelemetry', () => {
  it('gets spans and metrics by the names of the conventions', async () => {
    const spans: { name: string; attributes: Record<string, unknown>; parent: unknown }[] = [];
    const points: { name: string; value: number; attributes: Record<string, unknown> }[] = [];
    vi.spyOn(trace, 'getTracer').mockReturnValue({
      startSpan: (name: string, options: { attributes: Record<string, unknown> }, parent: unknown) => {
        spans.push({ name, attributes: options.attributes, parent });
        return {
          setAttribute: (key: string, value: unknown) => {
            options.attributes[key] = value;
          },
          setStatus: () => {},
          end: () => {},
        } as unknown as Span;
      },
    } as never);
    const instrument = (name: string): Histogram =>
      ({
        record: (value: number, attributes: Record<string, unknown>) => points.push({ name, value, attributes }),
        add: (value: number, attributes: Record<string, unknown>) => points.push({ name, value, attributes }),
      }) as never;
    vi.spyOn(metrics, 'getMeter').mockReturnValue({ createHistogram: instrument, createCounter: instrument } as never);
    const { gate, records } = watchedGate({ openTelemetry });
    await (await gate.fetch(...chat(shared.provider.openaiBaseURL))).text();
    const [record] = records;
    expect(spans).toMatchObject([
      {
        name: 'chat gpt-4.1-nano',
        parent: context.active(),
        attributes: {
          'gen_ai.operation.name': 'chat',
          'gen_ai.provider.name': 'openai',
          'gen_ai.request.model': 'gpt-4.1-nano',
          'gen_ai.response.model': 'gpt-4.1-nano',
          'gen_ai.usage.input_tokens': record?.usage?.inputTokens,
          'gen_ai.usage.output_tokens': record?.usage?.outputTokens,
          'server.address': '127.0.0.1',
          'farthing.cost_nano_usd': record?.costNanoUsd,
        },
      },
    ]);
    expect(points.map((point) => point.name)).toEqual([
      'gen_ai.client.operation.duration',
      'gen_ai.client.operation.time_to_first_chunk',
      'gen_ai.client.token.usage',
      'gen_ai.client.token.usage',
      'farthing.cost',
      'farthing.saved',
    ]);
    expect(points[2]).toMatchObject({
      value: record?.usage?.inputTokens,
      attributes: { 'gen_ai.token.type': 'input' },
    });
  });
});
