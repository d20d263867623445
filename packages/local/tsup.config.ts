import { defineConfig, type Options } from 'tsup';

const shared: Options = {
  platform: 'node',
  target: 'node20',
  sourcemap: true,
  treeshake: true,
};

export default defineConfig([
  // `shims`: the CommonJS build, too, has to find the program beside itself.
  { ...shared, entry: ['src/index.ts'], format: ['esm', 'cjs'], dts: true, shims: true },
  { ...shared, entry: { 'llama-child': 'src/llama/llama-child.ts', cli: 'src/cli/cli.ts' }, format: ['esm'] },
]);
