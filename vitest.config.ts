import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: [
      '{contract,discovery,native,electron,cli,bench}/**/*.test.ts',
      'renderer/**/*.test.{ts,tsx}',
      'scripts/**/*.test.mjs',
    ],
    // Tests of a kernel with real sockets live in native/integration and are run apart (they need root).
    exclude: ['**/node_modules/**', 'native/integration/**'],
  },
});
