import { defineConfig } from 'tsup';

export default defineConfig({
  entry: ['src/index.ts'],
  format: ['esm', 'cjs'],
  platform: 'node',
  target: 'node20',
  dts: true,
  sourcemap: true,
  clean: true,
  splitting: false,
  treeshake: true,
  // Bundled, and so shaken: whole, zod alone takes longer to import than everything else together.
  noExternal: ['zod', 'safe-stable-stringify'],
  external: ['gpt-tokenizer', '@opentelemetry/api'],
});
