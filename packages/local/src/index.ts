export type {
  ChatMessage,
  Embeddings,
  Ending,
  Engine,
  EngineFacts,
  Generation,
  JsonSchema,
  Piece,
  Prompt,
  TokenLogprob,
  Tool,
  ToolCall,
  ToolChoice,
  Work,
} from './engine.js';
export type { ModelState } from './host.js';
export { type HttpEngineOptions, httpEngine } from './http/http-engine.js';
export { createLocal, type Local, type LocalTarget, type ReadyModel, type TokenPrice } from './local.js';
export { isLocalError, type LocalError, type LocalErrorCode } from './local-error.js';
export type { EngineModelOptions, FileModelOptions, LocalOptions, ModelOptions, Trust } from './local-options.js';
export { type RunningServer, type ServeOptions, serve } from './serve/serve.js';
