import { asObject, parseObject } from '../dialects/json.js';
import { crc32 } from '../platform.js';
import type { Model } from './predictor/model.js';
import { loadModel, saveModel } from './predictor/model-file.js';

/** What `npx farthing train` learned: one model for each route. */
export interface TrainedPredictor {
  /** Id of the embedder that the models read vectors of; `undefined`: they read none. */
  readonly embedder: string | undefined;
  /** By the route's name; {@link everyRoute} is for those that have none of their own. */
  readonly routes: ReadonlyMap<string, Model>;
}

/** The name under which stands what was learned from rows that named no route. No model is called so. */
export const everyRoute = '*';

const format = 'farthing-router';
const version = 1;

/** JSON with a checksum over what the checksums of the models leave open: the embedder, and whose model is whose. */
export function writePredictorFile({ embedder: id, routes }: TrainedPredictor): string {
  const embedder = id ?? null;
  const models = Object.fromEntries(Array.from(routes, ([route, model]) => [route, saveModel(model)]));
  return `${JSON.stringify({ format, version, checksum: checksumOf(embedder, models), embedder, routes: models })}\n`;
}

/** Whether a text is, or begins as, a file of this format, of any version. */
export function isPredictorFile(text: string): boolean {
  return text.startsWith(`{"format":"${format}"`);
}

/** @throws Error that says what is wrong: torn, damaged, of another format, of a later version */
export function readPredictorFile(text: string): TrainedPredictor {
  const file = parseObject(text);
  if (!file)
    return isPredictorFile(text)
      ? fail('a whole file', 'one that is torn', 'copy it again, or train anew')
      : fail('a file that `npx farthing train` wrote', text.trim() === '' ? 'an empty one' : 'another one');
  if (file['format'] !== format) return fail(`JSON with the format '${format}'`, 'other JSON');
  if (file['version'] !== version)
    return fail(`version ${version}`, versionOf(file['version']), 'update farthing, or train anew');
  const { embedder, checksum } = file;
  const models = asObject(file['routes']);
  const isKnown = models && (embedder === null || typeof embedder === 'string');
  if (!isKnown || checksum !== checksumOf(embedder, models))
    return fail('the checksum of its content', 'a damaged one', 'copy it again, or train anew');
  return {
    embedder: embedder ?? undefined,
    routes: new Map(Object.entries(models).map(([route, model]) => [route, modelOf(route, model)])),
  };
}

function modelOf(route: string, model: unknown): Model {
  try {
    return loadModel(String(model));
  } catch (error) {
    const reason = error instanceof Error ? error.message : typeof error;
    throw new Error(`Predictor file: its model of route '${route}' can't be used. ${reason}`);
  }
}

function versionOf(value: unknown): string {
  return Number.isSafeInteger(value) ? `version ${value}` : 'none';
}

function checksumOf(embedder: string | null, models: Readonly<Record<string, unknown>>): number {
  return crc32(new TextEncoder().encode(JSON.stringify([embedder, models])));
}

function fail(expected: string, got: string, remedy = 'train it with `npx farthing train`'): never {
  throw new Error(`Predictor file: expected ${expected}, got ${got}; ${remedy}.`);
}
