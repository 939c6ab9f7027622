import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Containers, openContainers } from '../../container/index.ts'
import { findBinary, openNative } from '../../sandbox-native/driver/index.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import type { TestEngine } from './temporary-containers.ts'

/** Containers whose supervisors (but not their children) have slow system calls: `inject` of strace(1). */
export function withSlowSupervisors({ store, native }: TestEngine, ...inject: readonly string[]): Containers {
  const binary = join(temporaryDirectory('slow'), 'supervisor')
  const calls = inject.map((rule) => rule.split(':')[0]).join()
  const rules = inject.map((rule) => `-e inject=${rule}`).join(' ')
  const traced = `strace -D -qq -o /dev/null -e trace=${calls} ${rules} ${findBinary(process.env)}`
  writeFileSync(binary, `#!/bin/sh\nexec ${traced}\n`)
  chmodSync(binary, 0o755)
  return openContainers({ store, native: { ...native, supervisors: openNative({ binary }).supervisors } })
}
