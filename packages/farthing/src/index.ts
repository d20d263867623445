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
export type { BudgetDecision, DenialCode, Leg, Source } from './call.js';
export type { CallRecord } from './call-record.js';
export { type Denial, denialOf, isBudgetExceeded, isOverloaded } from './errors.js';
export type { GateEvents } from './events.js';
export { createGate, type Gate } from './gate.js';
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
  Per,
  RecordFileOptions,
} from './options.js';
export { formatPicoUsd, formatUsd, type NanoUsd, usd } from './pricing/money.js';
export type { Cost } from './pricing/price.js';
export type { BreakOverride, PriceOverride, PriceOverrides } from './pricing/price-overrides.js';
export type { RateStrings } from './pricing/rates.js';
export type { Usage, UsagePart } from './pricing/usage.js';
export type { Report, Totals } from './report.js';
export type { StopScope } from './stop.js';
export type { Warning } from './warnings.js';
export type { WrappableClient } from './wrap-client.js';
