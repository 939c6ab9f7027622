import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parseVolumeFlag } from '../../container/index.ts'
import { createSink, type TestEngine, temporaryContainers } from '../container/temporary-containers.ts'

let engine: TestEngine
const host = mkdtempSync(join(tmpdir(), 'tsbuild-tied-attack-'))

beforeAll(async () => {
  engine = await temporaryContainers()
  execFileSync('mount', ['--bind', host, host])
  execFileSync('mount', ['--make-shared', host])
  mkdirSync(join(host, 'disk'))
})

afterAll(() => {
  execFileSync('umount', ['-R', host])
  rmSync(host, { recursive: true })
})

/** A disk that the host mounts later shows inside with devices, as the host has it: no node must be made on it. */
test.each(['rslave', 'rshared'])('no device is opened on what the host mounts below a source with %s', async (word) => {
  const { containers } = engine
  const mounts = [parseVolumeFlag(`${host}:/x:${word}`)]
  await containers.run({ image: 'busybox', name: word, network: 'none', mounts, command: ['sleep', '1000'] })
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'dev', 'tsbuild-disk', join(host, 'disk')])
  const output = createSink()
  const script = 'cd /x/disk && mknod mem c 1 1; mknod zero c 1 5; head -c 1 zero | wc -c; mount -t tmpfs none /tmp; ls'
  await containers.exec(
    word,
    { argv: ['sh', '-c', script] },
    {
      output: (_, chunk) => {
        output.write(chunk)
      },
    },
  )
  await containers.remove(word, { force: true })
  execFileSync('umount', [join(host, 'disk')])
  expect(output.text().match(/not permitted/g)?.length).toBeGreaterThanOrEqual(2)
  expect(output.text()).toMatch(/^0$/m)
})
