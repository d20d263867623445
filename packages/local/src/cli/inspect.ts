import { describeGguf } from '../gguf/describe-gguf.js';
import { freeMemory } from '../gguf/free-memory.js';
import { adviseMemory, readable } from '../gguf/memory-advice.js';
import { estimateMemory, type MemorySettings } from '../gguf/memory-estimate.js';
import type { ModelFacts } from '../gguf/model-facts.js';
import { readGgufHeader } from '../gguf/read-gguf-header.js';
import { usualContext } from '../local-options.js';
import { printable } from '../printable.js';
import { factLines } from './fact-lines.js';
import { oneFile, readOptions } from './read-options.js';
import type { Terminal } from './terminal.js';
import { UsageError } from './usage-error.js';

const usage = `farthing-local inspect FILE [--context TOKENS] [--slots COUNT]

Says what a GGUF file holds and how much memory it takes. Only the head of the file is read, and nothing is loaded.

  --context TOKENS   the context of each request: ${usualContext}, or what the model was trained for if that is less
  --slots COUNT      requests that run at once: 4`;

/** Describes a model. @returns the exit status. @throws UsageError, LocalError */
export async function inspect(args: readonly string[], { print }: Terminal): Promise<number> {
  const one = { type: 'string' } as const;
  const { values, positionals } = readOptions({
    args: [...args],
    allowPositionals: true,
    options: { context: one, slots: one, help: { type: 'boolean', short: 'h' } },
  });
  if (values.help) {
    print(usage);
    return 0;
  }
  const file = oneFile('inspect', positionals);
  // The same bounds as `createLocal` has.
  const asked = count('--context', values.context, 32, 2 ** 24);
  const slots = count('--slots', values.slots, 1, 1024) ?? 4;
  const header = await readGgufHeader(file);
  const facts = describeGguf(header);
  const contextTokens = asked ?? Math.min(usualContext, facts.contextLength);
  print(
    [
      `${printable(file)}: ${readable(header.fileSize)} (${header.fileSize} bytes)`,
      modelLines(facts, header.tensors.length),
      '',
      memoryLines(facts, { contextTokens, slots }),
      ...(contextTokens > facts.contextLength
        ? [`The model was trained for ${facts.contextLength} tokens of context; a larger one is refused.`]
        : []),
    ].join('\n'),
  );
  return 0;
}

function modelLines(facts: ModelFacts, tensors: number): string {
  const { name = 'none given', license = 'none given', quantization, parameters, weightBytes } = facts;
  const bits = ((8 * weightBytes) / parameters).toFixed(2);
  const kvHeads = [...new Set(facts.kvHeads)];
  return factLines(
    [
      ['name', name],
      ['licence', license],
      ['architecture', facts.architecture],
      ['quantization', `${quantization} (${bits} bits per weight)`],
      ['parameters', `${inShort(parameters)} in ${tensors} tensors`],
      ['layers', `${facts.layers}, of width ${facts.embeddingLength}`],
      ['heads', `${facts.heads}, of keys and values ${kvHeads.join(' or ')}`],
      ['vocabulary', `${facts.vocabulary} tokens`],
      ['context', `${facts.contextLength} tokens`],
      ['chat template', facts.hasChatTemplate ? 'yes' : 'no: chats are written without one'],
      ['made for', facts.isEmbeddingModel ? 'embeddings' : 'text'],
    ].map(([label = '', value = '']) => [label, printable(value, 200)]),
  );
}

function memoryLines(facts: ModelFacts, settings: MemorySettings): string {
  const memory = estimateMemory(facts, settings);
  const free = freeMemory();
  const advice = adviseMemory(facts, settings, free);
  const { slots, contextTokens } = settings;
  return [
    `Memory for ${slots === 1 ? '1 request' : `${slots} requests`} at once, ${contextTokens} tokens each:`,
    factLines([
      ['weights', readable(memory.weights)],
      ['context', readable(memory.cache)],
      ['a step', readable(memory.compute)],
      ['process', readable(memory.process)],
      ['total', `${readable(memory.total)} at most`],
    ]),
    advice ?? `It fits: ${readable(free, Math.floor)} are free.`,
  ].join('\n');
}

function inShort(parameters: number): string {
  const units = [
    [1e9, ' billion'],
    [1e6, ' million'],
  ] as const;
  const [size, unit] = units.find(([least]) => parameters >= least) ?? [1, ''];
  return `${size === 1 ? parameters : (parameters / size).toFixed(2)}${unit}`;
}

function count(option: string, text: string | undefined, least: number, most: number): number | undefined {
  if (text === undefined) return undefined;
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw new UsageError(`inspect: expected ${option} to be a whole number from ${least} to ${most}, got '${text}'.`);
}
