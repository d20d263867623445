export type { Billed, ProviderOptions, RecordedRequest } from './exchange.js';
export type { Fault } from './faults.js';
export { type Provider, startProvider } from './provider.js';
export type { Scripted } from './script.js';
