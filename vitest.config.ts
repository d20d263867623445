import { defineConfig } from 'vitest/config';
import { CountReporter } from './scripts/count-reporter.js';

const conditions = ['farthing-source', 'node', 'import', 'default'];
const shared = { resolve: { conditions }, ssr: { resolve: { conditions } } };

export default defineConfig({
  ...shared,
  test: {
    reporters: ['default', new CountReporter()],
    projects: [
      { ...shared, test: { name: 'unit', include: ['packages/*/src/**/*.test.ts', 'examples/**/*.test.ts'] } },
      {
        ...shared,
        test: {
          name: 'types',
          include: [],
          typecheck: {
            enabled: true,
            only: true,
            include: ['packages/*/src/**/*.test-d.ts', 'test/types/**/*.test-d.ts'],
            tsconfig: './tsconfig.json',
          },
        },
      },
      { ...shared, test: { name: 'contract', include: ['test/contract/**/*.test.ts'], testTimeout: 30_000 } },
      { ...shared, test: { name: 'e2e', include: ['test/{docs,e2e}/**/*.test.ts'], testTimeout: 60_000 } },
    ],
  },
});
