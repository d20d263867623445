export type { CapacityOptions } from './capacity.js';
export type { Billed, ProviderOptions, RecordedRequest } from './exchange.js';
export type { Fault } from './faults.js';
export { type CachedPrompt, createPromptCaches, type PromptCaches } from './prompt-caches.js';
export { type Provider, startProvider } from './provider.js';
export type { Scripted } from './script.js';
