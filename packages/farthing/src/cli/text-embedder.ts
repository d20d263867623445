import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Embedder } from '../cache/embedder.js';
import { UsageError } from './usage-error.js';

/** The embedders that can be asked for. */
export const embedderNames = ['minilm', 'none'] as const;

export type EmbedderName = (typeof embedderNames)[number];

/** An optional package; not a literal, so that neither the compiler nor a bundler looks for it. */
const minilmPackage: string = '@farthing/minilm';
const remedy = `Install it beside farthing (npm install ${minilmPackage}), or say \`--embedder none\``;

/** What is used of the package. */
interface MinilmModule {
  readonly minilm: (options: {
    readonly maxWaiting: number;
    readonly onWarning: (warning: { readonly message: string }) => void;
  }) => Embedder;
}

/**
 * The embedder, loaded; `undefined` for `none`, or where none was named and there is none to be had, which is told.
 * @throws UsageError where one was named that can't be had
 */
export async function openEmbedder(
  name: EmbedderName | undefined,
  tell: (message: string) => void,
): Promise<Embedder | undefined> {
  if (name === 'none') return undefined;
  try {
    const { minilm } = await loadMinilm();
    const embedder = minilm({ maxWaiting: 4096, onWarning: ({ message }) => tell(message) });
    await embedder.ready?.();
    return embedder;
  } catch (error) {
    const reason = error instanceof UsageError ? error.message : `${minilmPackage} did not start: ${wordsOf(error)}`;
    if (name !== undefined) throw new UsageError(`--embedder ${name}: ${reason} ${remedy}.`);
    tell(`Without an embedder: ${reason} With one, more is learned. ${remedy} to go without it on purpose.`);
    return undefined;
  }
}

/** As the application sees it: in a strict `node_modules`, what farthing itself may import is another matter. */
async function loadMinilm(): Promise<MinilmModule> {
  for (const from of [join(process.cwd(), 'package.json'), import.meta.url]) {
    const path = resolvedFrom(from);
    if (path === undefined) continue;
    const loaded: MinilmModule & { readonly default?: MinilmModule } = await import(pathToFileURL(path).href);
    return loaded.default ?? loaded; // a CommonJS build stands under `default`
  }
  throw new UsageError(`expected ${minilmPackage} to be installed, got none.`);
}

function resolvedFrom(from: string): string | undefined {
  try {
    return createRequire(from).resolve(minilmPackage);
  } catch {
    return undefined;
  }
}

function wordsOf(error: unknown): string {
  const [words = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
  return words.endsWith('.') ? words : `${words}.`;
}
