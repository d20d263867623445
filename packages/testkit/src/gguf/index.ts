export { chatTemplate } from './chat-template.js';
export { encoderModel } from './encoder-model.js';
export {
  array,
  type Entry,
  float32,
  type GgufModel,
  type Metadata,
  string,
  type Tensor,
  uint32,
  type WeightType,
  withMetadata,
} from './gguf-model.js';
export { smallModel, type TestModel, testModels } from './models.js';
export { padDepth, widenFeedForward } from './pad-model.js';
export { quantizeModel } from './quantize.js';
export { type RandomModelOptions, randomModel } from './random-model.js';
export { readGguf } from './read-gguf.js';
export { scriptedModel } from './scripted-model.js';
export { writeGguf } from './write-gguf.js';
