import { defineConfig } from '@playwright/test';

const name = process.env['BINDSCOPE_ARTIFACTS'] ?? 'e2e';

// The tests share one kernel, whose events every app sees: they run one after the other.
export default defineConfig({
  testDir: '.',
  testIgnore: 'readme/**',
  outputDir: `../artifacts/${name}`,
  workers: 1,
  retries: 0,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  forbidOnly: process.env['CI'] === 'true',
  reporter: [['list'], ['json', { outputFile: `../build/reports/${name}.json` }]],
});
