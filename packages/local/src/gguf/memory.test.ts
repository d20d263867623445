import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { availableIn, freeMemory, type MemorySources } from './free-memory.js';
import { adviseMemory, readable } from './memory-advice.js';
import { estimateMemory } from './memory-estimate.js';
import type { ModelFacts } from './model-facts.js';

/** An 8-billion-parameter llama in Q8_0, as its publisher describes it. */
const llama: ModelFacts = {
  architecture: 'llama',
  quantization: 'Q8_0',
  parameters: 8_030_000_000,
  weightBytes: 8_530_000_000,
  repackableBytes: 0,
  layers: 32,
  contextLength: 131_072,
  embeddingLength: 4096,
  feedForwardLength: 14_336,
  heads: 32,
  kvHeads: Array<number>(32).fill(8),
  keyLength: 128,
  valueLength: 128,
  stateBytes: 0,
  vocabulary: 128_256,
  merges: 280_147,
  hasChatTemplate: true,
  isEmbeddingModel: false,
};

describe('estimateMemory', () => {
  test('keys and values take two bytes each', () => {
    // 32 layers × 8 heads × (128 + 128) × 2 bytes = 131,072 bytes for each token.
    expect(estimateMemory(llama, { contextTokens: 8192, slots: 1 }).cache).toBe(8192 * 131_072);
    expect(estimateMemory(llama, { contextTokens: 8192, slots: 4 }).cache).toBe(4 * 8192 * 131_072);
  });
  test('each slot is rounded up to 256', () => {
    expect(estimateMemory(llama, { contextTokens: 257, slots: 3 }).cache).toBe(3 * 512 * 131_072);
    expect(estimateMemory(llama, { contextTokens: 1, slots: 1 }).cache).toBe(256 * 131_072);
  });
  test('a layer with a window keeps no more than the window and one step', () => {
    const slidingWindow = { tokens: 1024, layers: llama.kvHeads.map((_, at) => at % 2 === 0) };
    const { cache } = estimateMemory({ ...llama, slidingWindow }, { contextTokens: 8192, slots: 1, batchTokens: 512 });
    expect(cache).toBe(((8192 + 1792) / 2) * 131_072);
  });
  test('a layer without keys takes none', () => {
    const kvHeads = llama.kvHeads.map((heads, at) => (at % 4 === 3 ? heads : 0));
    expect(estimateMemory({ ...llama, kvHeads }, { contextTokens: 8192, slots: 1 }).cache).toBe(8192 * 32_768);
  });
  test('more of anything never takes less', () => {
    const settings = fc.record({
      contextTokens: fc.integer({ min: 1, max: 100_000 }),
      slots: fc.integer({ min: 1, max: 64 }),
      batchTokens: fc.integer({ min: 1, max: 4096 }),
    });
    fc.assert(
      fc.property(settings, fc.constantFrom('contextTokens', 'slots', 'batchTokens'), fc.nat(1000), (of, key, more) => {
        const [less, most] = [estimateMemory(llama, of), estimateMemory(llama, { ...of, [key]: of[key] + more })];
        expect(most.total).toBeGreaterThanOrEqual(less.total);
        expect(less.total).toBe(less.weights + less.cache + less.compute + less.process);
      }),
    );
  });
});

describe('adviseMemory', () => {
  const wanted = { contextTokens: 8192, slots: 4 };

  test('says nothing where it fits', () => {
    expect(adviseMemory(llama, wanted, estimateMemory(llama, wanted).total)).toBeUndefined();
  });

  test('says with what it would fit', () => {
    expect(adviseMemory(llama, wanted, 11_000_000_000)).toMatchInlineSnapshot(
      `"The model needs about 13.7 GB of memory with 8192 tokens of context in each of 4 slots, and 11 GB are free. It fits with 3072 tokens of context in each of 4 slots, with 8192 tokens of context in one slot, or as Q5_K_M of the same model (about 10.8 GB)."`,
    );
  });
  test('says which quantization would fit where this one never does', () => {
    expect(adviseMemory(llama, { contextTokens: 8192, slots: 1 }, 8_000_000_000)).toMatchInlineSnapshot(
      `"The model needs about 10.4 GB of memory with 8192 tokens of context in one slot, and 8 GB are free. It fits as Q5_K_M of the same model (about 7.6 GB)."`,
    );
  });
  test('says what is missing where nothing fits', () => {
    expect(adviseMemory(llama, wanted, 1_000_000_000)).toMatchInlineSnapshot(
      `"The model needs about 13.7 GB of memory with 8192 tokens of context in each of 4 slots, and 1 GB are free. Even as Q2_K with 256 tokens of context in one slot 2.7 GB would be missing. Take a smaller model, or free memory."`,
    );
  });
  test('says so where only both together help', () => {
    expect(adviseMemory(llama, { contextTokens: 65_536, slots: 4 }, 4_500_000_000)).toMatchInlineSnapshot(
      `"The model needs about 43.9 GB of memory with 65536 tokens of context in each of 4 slots, and 4.5 GB are free. It fits only as Q2_K of the same model with a smaller context or fewer slots. Take a smaller model."`,
    );
  });

  test('whatever context it names does fit, and the next one does not', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 256, max: 131_072 }),
        fc.integer({ min: 1, max: 16 }),
        fc.integer({ min: -1_000_000_000, max: 40_000_000_000 }),
        (contextTokens, slots, free) => {
          const advice = adviseMemory(llama, { contextTokens, slots }, free);
          if (advice === undefined) return;
          const fits = advice.split('It fits with')[1] ?? '';
          for (const [, tokens, count] of fits.matchAll(/(\d+) tokens of context in (one|each of \d+) slot/g)) {
            const named = { contextTokens: Number(tokens), slots: count === 'one' ? 1 : Number(count?.split(' ')[2]) };
            expect(estimateMemory(llama, named).total).toBeLessThanOrEqual(free);
            if (named.contextTokens < contextTokens)
              expect(
                estimateMemory(llama, { ...named, contextTokens: named.contextTokens + 256 }).total,
              ).toBeGreaterThan(free);
          }
        },
      ),
    );
  });
});

test.each([
  [5_249_000_000, '5.2 GB'],
  [999_000_000, '999 MB'],
  [1_000_000_000, '1 GB'],
  [0, '0 MB'],
])('%d bytes are %s', (bytes, text) => expect(readable(bytes)).toBe(text));

describe('availableIn', () => {
  const stat = `Mach Virtual Memory Statistics: (page size of 16384 bytes)
Pages free:                               12345.
Pages active:                            400000.
Pages inactive:                          300000.
Pages speculative:                         5000.
Pages throttled:                              0.
Pages wired down:                        150000.
Pages purgeable:                            655.
"Translation faults":                 123456789.
`;

  test('counts on macOS what is free and what can be given up', () => {
    expect(availableIn(stat)).toBe((12_345 + 300_000 + 5_000 + 655) * 16_384);
  });

  test('knows nothing of other words', () => {
    expect(availableIn('vm_stat: not permitted')).toBeUndefined();
  });
});

describe('freeMemory', () => {
  const sources = (files: Readonly<Record<string, string>>, more: Partial<MemorySources> = {}): MemorySources => ({
    machine: () => 16_000,
    process: () => undefined,
    read: (path) => files[path],
    ...more,
  });

  test('is the machine’s where nothing limits it', () => {
    expect(freeMemory(sources({}))).toBe(16_000);
    expect(freeMemory(sources({ '/proc/self/cgroup': '0::/\n', '/sys/fs/cgroup/memory.max': 'max\n' }))).toBe(16_000);
  });
  test('is what a control group leaves, without the files that it read', () => {
    const files = {
      '/proc/self/cgroup': '0::/a/b\n',
      '/sys/fs/cgroup/a/memory.max': '8000\n',
      '/sys/fs/cgroup/a/memory.current': '7000\n',
      '/sys/fs/cgroup/a/memory.stat': 'anon 1000\ninactive_file 5500\n',
      '/sys/fs/cgroup/a/b/memory.max': 'max\n',
      '/sys/fs/cgroup/a/b/memory.current': '6000\n',
    };
    expect(freeMemory(sources(files))).toBe(6500);
  });
  test('knows control groups of the first version', () => {
    const files = {
      '/proc/self/cgroup': '5:cpu,cpuacct:/x\n4:memory:/x\n',
      '/sys/fs/cgroup/memory/memory.limit_in_bytes': '4000\n',
      '/sys/fs/cgroup/memory/memory.usage_in_bytes': '5000\n',
      '/sys/fs/cgroup/memory/memory.stat': 'total_inactive_file 100\n',
    };
    expect(freeMemory(sources(files))).toBe(0);
  });
  test('asks Node where there are no such files', () => {
    expect(freeMemory(sources({}, { process: () => 300 }))).toBe(300);
  });
  test('of this machine is some', () => expect(freeMemory()).toBeGreaterThan(0));
});
