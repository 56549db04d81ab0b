import { defineConfig } from '@playwright/test';

// `npm run screenshots`: not a test, but the same harness on the same real app.
export default defineConfig({
  testDir: '.',
  outputDir: '../../artifacts/readme',
  workers: 1,
  timeout: 180_000,
  reporter: 'list',
});
