import { defineConfig } from 'vitest/config'

const project = (name: string, root: string) => ({
  extends: true as const,
  root,
  test: { name, include: ['src/**/*.unit.test.ts', 'test/**/*.test.ts'], root },
})

// One Postgres for the whole run (testing/global-setup.ts); each suite takes databases of its own on it.
export default defineConfig({
  test: {
    globalSetup: ['packages/shared/src/testing/global-setup.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    slowTestThreshold: 10_000,
    projects: [
      project('shared', 'packages/shared'),
      project('local', 'packages/local'),
      project('gateway', 'services/gateway'),
      project('identity', 'services/identity'),
      project('patients', 'services/patients'),
      project('records', 'services/records'),
      project('interop', 'services/interop'),
      project('appointments', 'services/appointments'),
      project('billing', 'services/billing'),
      project('deploy', 'deploy'),
      project('e2e', 'e2e'),
    ],
  },
})
