export type { BoundReport, BoundState } from './audit/bound-report.js';
export type { Assurance, AuditRates } from './audit/controller-options.js';
export { embeddingJudge } from './audit/embedding-judge.js';
export { exactJudge } from './audit/exact-judge.js';
export { functionJudge } from './audit/function-judge.js';
export { jsonJudge } from './audit/json-judge.js';
export type { Judge, JudgeOptions, Verdict } from './audit/judge.js';
export { inOrder, secondLook } from './audit/judge-order.js';
export type { RefusalReason, ReplaySummary } from './audit/log-replay.js';
export { modelJudge } from './audit/model-judge.js';
export type { JudgeErrors } from './audit/observed-rate.js';
export type { PausedTenant } from './audit/tenant-detectors.js';
export type { AuditRecord } from './audit-record.js';
export type {
  Batches,
  BatchesOptions,
  BatchJob,
  BatchProgress,
  BatchRequest,
  BatchResult,
  ResultsOptions,
  SubmitOptions,
} from './batch-jobs/batch-job-options.js';
export type { BudgetAlert } from './budget/alerts.js';
export { type FileLedgerOptions, openFileLedger } from './budget/file-ledger.js';
export type {
  AssumedSettlement,
  Balance,
  Claim,
  EndResult,
  Hold,
  Ledger,
  LedgerWindow,
  ReserveRequest,
  ReserveResult,
} from './budget/ledger.js';
export { createMemoryLedger, type MemoryLedgerOptions } from './budget/memory-ledger.js';
export type { Embedder, Embedding, EmbedOptions } from './cache/embedder.js';
export { type EndpointEmbedderOptions, endpointEmbedder } from './cache/endpoint-embedder.js';
export { lexical } from './cache/lexical-embedder.js';
export type { BatchTravel, BudgetDecision, DenialCode, Leg, Purpose, SemanticMatch, Source } from './call.js';
export type { CallRecord } from './call-record.js';
export type { EmbeddingBatchOptions } from './embedding-batches/embedding-batch-options.js';
export type { EmbeddingBatchReport } from './embedding-batches/embedding-batch-report.js';
export { type Denial, denialOf, isBudgetExceeded, isOverloaded } from './errors.js';
export type { GateEvents } from './events.js';
export type { ExplainedMatch, Explanation } from './explain.js';
export { createGate, type Gate } from './gate.js';
export type { Lane, LaneObjective, LaneOptions } from './lanes/lane-options.js';
export type { ExplainedLane, LaneReport } from './lanes/lane-report.js';
export type { LimitReason } from './lanes/limit-decision.js';
export type { RateUnit } from './lanes/rate-headers.js';
export type {
  BudgetOptions,
  CacheAllowance,
  CacheOptions,
  CallCacheOptions,
  CallOptions,
  Exhaustion,
  ExhaustionAction,
  GateOptions,
  GateUpdate,
  Mode,
  OrUndefined,
  Per,
  RecordFileOptions,
  SemanticCacheOptions,
  ToldOutcome,
} from './options.js';
export type { OutcomeRecord } from './outcome-record.js';
export { formatPicoUsd, formatUsd, type NanoUsd, usd } from './pricing/money.js';
export type { Cost } from './pricing/price.js';
export type { BreakOverride, PriceOverride, PriceOverrides } from './pricing/price-overrides.js';
export type { RateStrings } from './pricing/rates.js';
export type { ServerTimes } from './pricing/server-times.js';
export type { Usage, UsagePart } from './pricing/usage.js';
export type { MarkPlace, MarkReason, PromptCacheDecision } from './prompt-cache/prompt-cache-decision.js';
export type { PromptCacheOptions } from './prompt-cache/prompt-cache-options.js';
export type { PromptAdvice, PromptCacheReport } from './prompt-cache/prompt-cache-report.js';
export type { Report, Totals } from './report.js';
export {
  type AnswerOutcome,
  createAnswerScorer,
  type LearnedAnswerScorer,
  loadAnswerScorer,
} from './routing/cascade/answer-scorer-loader.js';
export type { CascadeCheck, CascadeDecision, CheckName } from './routing/cascade/cascade-decision.js';
export type { AnswerSample, AnswerScorer, CascadeOptions } from './routing/cascade/cascade-options.js';
export type { Bar } from './routing/constraints.js';
export type { RouteReason, RouteSample, RouteScorer } from './routing/decide.js';
export type { LossReport } from './routing/learning/loss-control.js';
export type { Grade, GradedAnswer } from './routing/learning/quality.js';
export type { RouteLearningReport } from './routing/learning/route-learning-report.js';
export type { RouteDecision, RouteFailure } from './routing/route-decision.js';
export type {
  Capability,
  EndpointOptions,
  LearnOptions,
  RouteOptions,
  RoutesOptions,
  RuleOptions,
  TargetDialect,
  TargetOptions,
} from './routing/route-options.js';
export type { StopScope } from './stop.js';
export type { Warning } from './warnings.js';
export type { WrappableClient } from './wrap-client.js';
