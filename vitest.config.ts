import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    globalSetup: ['test/xs/global.ts'],
    setupFiles: ['test/setup.ts'],
    include: ['test/**/*.test.ts'],
    pool: 'threads',
    testTimeout: 60_000,
  },
});
