import type { CallRecord } from './call-record.js';
import { inputTokens, outputTokens } from './pricing/usage.js';

/** Attributes of spans and measurements, by name. */
type Attributes = Record<string, string | number | boolean | string[]>;

interface Instrument {
  readonly histogram: { record(value: number, attributes: Attributes): void };
  readonly counter: { add(value: number, attributes: Attributes): void };
}

/**
 * What is used of the module `@opentelemetry/api`, which the user imports and the core never does. Its own types are
 * not named here: an application without that module could not compile ours.
 */
export interface OpenTelemetryApi {
  readonly SpanKind: { readonly CLIENT: number };
  readonly SpanStatusCode: { readonly ERROR: number };
  readonly context: { active(): unknown };
  readonly trace: {
    getTracer(name: string): {
      startSpan(
        name: string,
        options: { kind: number; startTime: number; attributes: Attributes },
        context: unknown,
      ): {
        setAttribute(name: string, value: string): unknown;
        setStatus(status: { code: number }): unknown;
        end(endTime: number): void;
      };
    };
  };
  readonly metrics: {
    getMeter(name: string): {
      createHistogram(
        name: string,
        options: { unit: string; advice: { explicitBucketBoundaries: number[] } },
      ): Instrument['histogram'];
      createCounter(name: string, options: { unit: string; description: string }): Instrument['counter'];
    };
  };
}

/** Sends records on as spans and metrics with the names of the GenAI semantic conventions (v1.41). */
export interface OpenTelemetry {
  /** The context of the caller, to be taken at the start of a call: spans are made at its end. */
  readonly capture: () => unknown;
  readonly write: (record: CallRecord, captured: unknown) => void;
}

const durationBuckets = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];
const tokenBuckets = [1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864];

/** Our provider ids where the conventions have another name for the same. */
const providerNames: Readonly<Record<string, string>> = {
  azure: 'azure.ai.openai',
  google: 'gcp.gemini',
  'google-vertex': 'gcp.vertex_ai',
  aws: 'aws.bedrock',
  bedrock: 'aws.bedrock',
  mistral: 'mistral_ai',
  'x-ai': 'x_ai',
};

/** Spans and metrics through the API's global providers; with none registered they go nowhere, at no cost to speak of. */
export function createOpenTelemetry(api: OpenTelemetryApi): OpenTelemetry {
  const tracer = api.trace.getTracer('farthing');
  const meter = api.metrics.getMeter('farthing');
  const histogram = (name: string, unit: string, explicitBucketBoundaries: number[]): Instrument['histogram'] =>
    meter.createHistogram(name, { unit, advice: { explicitBucketBoundaries } });
  const tokens = histogram('gen_ai.client.token.usage', '{token}', tokenBuckets);
  const duration = histogram('gen_ai.client.operation.duration', 's', durationBuckets);
  const firstChunk = histogram('gen_ai.client.operation.time_to_first_chunk', 's', durationBuckets);
  // The conventions have no cost: own names, outside of gen_ai.
  const cost = meter.createCounter('farthing.cost', { unit: '{nanoUSD}', description: 'What calls cost' });
  const saved = meter.createCounter('farthing.saved', {
    unit: '{nanoUSD}',
    description: 'What calls would have cost without the gate',
  });

  return {
    capture: () => api.context.active(),
    write: (record, captured) => {
      const common = commonAttributes(record);
      const startTime = Date.parse(record.time);
      const span = tracer.startSpan(
        `${record.operation} ${record.requestedModel}`,
        { kind: api.SpanKind.CLIENT, startTime, attributes: { ...common, ...spanAttributes(record) } },
        captured,
      );
      const failure = failureOf(record);
      if (failure) {
        span.setAttribute('error.type', failure);
        span.setStatus({ code: api.SpanStatusCode.ERROR });
      }
      span.end(startTime + record.durationMs);

      const measured = { ...common, ...(failure && { 'error.type': failure }) };
      duration.record(record.durationMs / 1000, measured);
      if (record.firstChunkMs !== undefined) firstChunk.record(record.firstChunkMs / 1000, measured);
      if (record.usage) {
        tokens.record(inputTokens(record.usage), { ...common, 'gen_ai.token.type': 'input' });
        tokens.record(outputTokens(record.usage), { ...common, 'gen_ai.token.type': 'output' });
      }
      if (record.costNanoUsd !== null) cost.add(record.costNanoUsd, common);
      saved.add(record.savedNanoUsd, common);
    },
  };
}

function commonAttributes(record: CallRecord): Attributes {
  const [address = '', port] = record.host.split(/:(?=\d+$)/);
  return {
    'gen_ai.operation.name': record.operation,
    'gen_ai.provider.name': providerNames[record.provider] ?? record.provider,
    'gen_ai.request.model': record.requestedModel,
    ...(record.servedModel !== undefined && { 'gen_ai.response.model': record.servedModel }),
    'server.address': address,
    ...(port !== undefined && { 'server.port': Number(port) }),
  };
}

function spanAttributes(record: CallRecord): Attributes {
  const { usage } = record;
  return {
    'gen_ai.request.stream': record.stream,
    ...(record.responseId !== undefined && { 'gen_ai.response.id': record.responseId }),
    ...(record.finishReasons.length > 0 && { 'gen_ai.response.finish_reasons': [...record.finishReasons] }),
    ...(record.firstChunkMs !== undefined && { 'gen_ai.response.time_to_first_chunk': record.firstChunkMs / 1000 }),
    ...(record.serviceTier !== undefined &&
      record.dialect.startsWith('openai') && { 'openai.response.service_tier': record.serviceTier }),
    ...(usage && {
      'gen_ai.usage.input_tokens': inputTokens(usage),
      'gen_ai.usage.output_tokens': outputTokens(usage),
      'gen_ai.usage.cache_read.input_tokens':
        usage.cacheReadTokens + usage.cacheReadAudioTokens + usage.cacheReadImageTokens,
      'gen_ai.usage.cache_creation.input_tokens': usage.cacheWrite5mTokens + usage.cacheWrite1hTokens,
      'gen_ai.usage.reasoning.output_tokens': usage.reasoningTokens,
    }),
    'farthing.call.id': record.id,
    'farthing.source': record.source,
    'farthing.saved_nano_usd': record.savedNanoUsd,
    ...(record.route?.target !== undefined && { 'farthing.target': record.route.target }),
    ...(record.costNanoUsd !== null && { 'farthing.cost_nano_usd': record.costNanoUsd }),
    ...Object.fromEntries(Object.entries(record.tags).map(([tag, value]) => [`farthing.tag.${tag}`, value])),
  };
}

function failureOf(record: CallRecord): string | undefined {
  if (record.denial) return record.denial.code;
  if (record.error !== undefined) return record.error;
  return record.httpStatus >= 400 ? String(record.httpStatus) : undefined;
}
