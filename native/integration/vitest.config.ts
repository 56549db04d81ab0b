import { defineConfig } from 'vitest/config';

/** Tests of the running kernel: real helper, real sockets. They need root and are skipped without it. */
export default defineConfig({
  test: {
    include: ['native/integration/**/*.test.ts'],
    // One at a time: each test loads programs of its own into the kernel.
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
