import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { importBusybox } from '../../end-to-end/bases.ts'
import { createTsbuild } from '../../end-to-end/tsbuild.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'

const tsbuild = createTsbuild()
const room = temporaryDirectory('secret')
const [file, inEnvironment] = ['S3CR3T-OF-A-FILE', 'S3CR3T-OF-A-VARIABLE']

beforeAll(async () => {
  await importBusybox(tsbuild)
  writeFileSync(join(room, 'secret'), file)
  const mounts = ['id=s', 'id=s,target=/etc/new/s', 'id=e,env=E'].map((mount) => `--mount=type=secret,${mount}`)
  const command = 'cat /run/secrets/s /etc/new/s >/dev/null; test -n "$E"; echo running; sleep 100'
  writeFileSync(join(room, 'Dockerfile'), `FROM busybox\nRUN --network=none ${mounts.join(' ')} ${command}\n`)
})

test('secrets of a step are in no file of the store and in no process list, even if the build is killed', async () => {
  const words = [
    'build',
    '--progress=plain',
    `--secret=id=s,src=${join(room, 'secret')}`,
    '--secret=id=e,env=VALUE',
    room,
  ]
  const env = { ...process.env, TSBUILD_ROOT: tsbuild.root, VALUE: inEnvironment }
  const build = tsbuild.start(words, { stdio: ['ignore', 'ignore', 'pipe'], env })
  const ended = new Promise((resolve) => build.on('exit', resolve))
  await new Promise<void>((resolve) =>
    build.stderr?.on('data', (text: Buffer) => text.includes('running\n') && resolve()),
  )
  const commands = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(commandLine)
  expect(commands.filter((text) => text.includes(file) || text.includes(inEnvironment))).toEqual([])
  expect(filesWithSecrets()).toBe('')
  build.kill('SIGKILL')
  await ended
  expect(filesWithSecrets()).toBe('')
})

function filesWithSecrets(): string {
  return spawnSync('grep', ['-rlaE', `${file}|${inEnvironment}`, tsbuild.root], { encoding: 'utf8' }).stdout
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1')
  } catch {
    return '' // has just ended
  }
}
