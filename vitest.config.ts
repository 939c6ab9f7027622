import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/cgroup-v2/**'], // run in an emulated machine: scripts/test-cgroup-v2
    pool: 'forks',
    isolate: false, // a worker loads a module once, not for each file: a third of the CPU time of short tests
    maxWorkers: 2 * availableParallelism(), // tests wait half of their time: for processes, timeouts and disks
    testTimeout: 120_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 30_000 } },
    reporters: ['default', './test/support/closing-line.ts'],
    globalSetup: ['./test/support/usual-environment.ts', './test/support/nothing-left.ts'],
    setupFiles: ['./test/support/property-seed.ts', './test/support/end-of-test.ts'],
  },
})
