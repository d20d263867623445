export { type Embedding, type EmbedOptions, isEmbedderBusy, type MinilmEmbedder, minilm } from './minilm.js';
export type { EngineName, MinilmOptions } from './options.js';
export type { EmbedderWarning } from './warnings.js';
