import type { DenialCode } from './call.js';
import { type CallRecord, hostOf } from './call-record.js';
import type { CallOptions } from './options.js';
import { randomId } from './platform.js';
import type { ReadRequest } from './read-call.js';

/** The record of spend that no dialect reads: that it happened, and that its cost is not known. */
export function unmeteredRecord(event: {
  readonly request: ReadRequest;
  readonly options: CallOptions;
  readonly provider: string | undefined;
  readonly nowMs: number;
  readonly denial: { readonly code: DenialCode; readonly message: string } | undefined;
  readonly status: number;
}): CallRecord {
  const { request, options, denial, status } = event;
  return {
    id: `call_${randomId()}`,
    purpose: 'call',
    time: new Date(event.nowMs).toISOString(),
    tags: options.tags ?? {},
    dialect: 'unmetered',
    operation: 'other',
    provider: event.provider ?? '',
    host: hostOf(request.url),
    requestedModel: '',
    servedModel: undefined,
    serviceTier: undefined,
    stream: false,
    source: denial ? 'denied' : 'passthrough',
    outcome: denial ? 'denied' : status < 400 ? 'complete' : 'failed',
    httpStatus: status,
    error: undefined,
    denial,
    retry: Number(request.headers.get('x-stainless-retry-count')) || 0,
    usage: undefined,
    unaccounted: [],
    legs: [],
    costNanoUsd: denial || status >= 400 ? 0 : null,
    costParts: {},
    costBasis: undefined,
    listCostNanoUsd: denial || status >= 400 ? 0 : null,
    savedNanoUsd: 0,
    savedBy: undefined,
    route: undefined,
    promptCache: undefined,
    cache: [],
    semantic: undefined,
    budgets: [],
    requestBytes: 0,
    durationMs: 0,
    firstChunkMs: undefined,
    queueMs: 0,
    stageMs: {},
    responseId: undefined,
    finishReasons: [],
  };
}
