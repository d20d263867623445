import { writeFileSync } from 'node:fs';
import { defineConfig } from 'tsup';
import { thirdPartyLicenses } from './scripts/third-party-licenses.js';

export default defineConfig([
  {
    entry: ['src/index.ts'],
    format: ['esm', 'cjs'],
    platform: 'node',
    target: 'node20',
    dts: true,
    sourcemap: true,
    // The other build runs beside this one: what it has written stays.
    clean: ['!cli.js', '!cli.js.map'],
    treeshake: true,
    // Bundled, and so shaken: `import('farthing')` takes 24 ms cold, 49 ms with zod left outside.
    noExternal: ['zod'],
    // lru-cache stays outside although bundling it would save 2 ms: it has one build for Node, which imports a built-in
    // module, and one for the rest, and a bundler for an edge runtime must be able to choose.
    external: ['gpt-tokenizer', '@opentelemetry/api', 'lru-cache', 'hnswlib-node'],
    // The semantic cache is a chunk of its own, loaded where it is switched on.
    splitting: true,
    onSuccess: async () => {
      writeFileSync(new URL('./dist/third-party-licenses.txt', import.meta.url), thirdPartyLicenses());
    },
  },
  {
    // A program of its own, so that no application loads what only the command needs.
    entry: { cli: 'src/cli/farthing.ts' },
    format: ['esm'],
    platform: 'node',
    target: 'node20',
    sourcemap: true,
    clean: false,
    treeshake: true,
    noExternal: ['zod'],
    external: ['gpt-tokenizer', '@opentelemetry/api', 'lru-cache', 'hnswlib-node'],
  },
]);
