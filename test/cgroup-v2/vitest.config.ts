import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

/**
 * The tests that scripts/test-cgroup-v2 runs in the emulated machine, where everything takes about twenty times as
 * long.
 */
export default defineConfig({
  root: join(import.meta.dirname, '../..'),
  test: {
    include: [
      'test/cgroup-v2/*.test.ts',
      'test/sandbox-native/{limits,cancel,rootless}.test.ts',
      'test/container/{observe,exec,crash,commit,update}.test.ts',
      'test/end-to-end/step-limits.test.ts',
      'test/server/build-limits.test.ts',
      'test/end-to-end/golden-digests.test.ts', // not because of the version: this is another machine at another time
    ],
    pool: 'forks',
    maxWorkers: 1,
    testTimeout: 300_000,
    hookTimeout: 300_000,
    reporters: ['verbose', './test/support/closing-line.ts'],
    globalSetup: ['./test/support/nothing-left.ts'],
    setupFiles: ['./test/support/end-of-test.ts'],
  },
})
