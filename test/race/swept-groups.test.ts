import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { findBinary } from '../../sandbox-native/driver/index.ts'
import { importBusybox } from '../end-to-end/bases.ts'
import { createTsbuild } from '../end-to-end/tsbuild.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const ENDS_IN_ORDER = 'trap "exit 0" TERM; while :; do sleep 0.05; done'
const room = temporaryDirectory('slow')
const [own, other] = [createTsbuild(), createTsbuild()]

beforeAll(async () => {
  const rules = '-e trace=flock -e inject=flock:delay_enter=400000'
  const program = `#!/bin/sh\nexec strace -D -f -qq -o /dev/null ${rules} ${findBinary(process.env)} "$@"\n`
  writeFileSync(join(room, 'sandbox'), program, { mode: 0o755 })
  await importBusybox(own)
  await importBusybox(other)
  await own.ok('run', '-d', '--network', 'none', '--name', 'box', 'busybox', 'sh', '-c', ENDS_IN_ORDER)
})
afterAll(async () => {
  await own.close()
  await other.close()
})

/**
 * A command removes groups without an owner. Between finding a group and locking it, the owner may have ended and the
 * container may have started again with a group of the same name.
 */
test('a restarted container is not killed by a command that removes its old group', async () => {
  let isOver = false
  const slow = other.with({ env: { TSBUILD_SANDBOX: join(room, 'sandbox') } })
  const clearing = slow.ok('run', '--rm', '--network', 'none', 'busybox', 'true').finally(() => {
    isOver = true
  })
  for (let round = 0; round < 60 && !isOver; round += 1) await own.ok('restart', 'box')
  await clearing
  const format = ['--format', '{{.Actor.Attributes.exitCode}}']
  const ends = await own.ok('events', '--since', '1h', '--until', '0s', '--filter', 'event=die', ...format)
  expect(new Set(ends.split('\n'))).toEqual(new Set(['0']))
}, 300_000)
