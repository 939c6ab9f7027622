import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, expect, test, vi } from 'vitest'
import { createSink, runToEnd, type TestEngine, temporaryContainers } from '../temporary-containers.ts'

/** Files that appear, vanish, grow, shrink, change their type or lose their first name, beside one that stays. */
const CHURN = `echo kept > /work/kept
  i=0; while :; do
    i=$((i+1)); mkdir -p /work/d$i/e; echo $i > /work/d$i/e/f; ln -s f /work/d$i/e/l; rm -rf /work/d$((i-3))
    echo line >> /work/log; head -c 300000 /dev/zero > /work/large; : > /work/large
    rm -rf /work/odd; mkdir -p /work/odd/in; rm -rf /work/odd; ln -s kept /work/odd; rm -f /work/odd; mkfifo /work/odd
    echo $i > /work/first$$; ln -f /work/first$$ /work/second$$; rm -f /work/first$$
    rm -f /etc/group; cp /etc/passwd /etc/group
  done`
const ROUNDS = 6

let engine: TestEngine
beforeAll(async () => {
  engine = await temporaryContainers()
  const command = ['sh', '-c', `mkdir /work; for n in $(seq 3); do (${CHURN}) & done; wait`]
  await engine.containers.run({ image: 'busybox', name: 'busy', network: 'none', command })
  await vi.waitUntil(async () => (await contentOf('/work/kept')).includes('kept'), { timeout: 10_000 })
})

async function contentOf(path: string): Promise<string> {
  const sink = createSink()
  await engine.containers.copyFrom('busy', { path, to: sink }).catch(() => {}) // not there yet
  return sink.text()
}

function listOf(archive: Buffer): readonly string[] {
  return execFileSync('tar', ['-tf', '-'], { input: archive, encoding: 'utf8', maxBuffer: 2 ** 26 }).split('\n')
}

test('is exported, without files that vanish meanwhile', async () => {
  for (let round = 0; round < ROUNDS; round += 1) {
    const sink = createSink()
    await engine.containers.export('busy', sink)
    expect(listOf(sink.bytes())).toEqual(expect.arrayContaining(['work/kept', 'bin/busybox']))
  }
})

test('is copied from as an archive, without files that vanish meanwhile', async () => {
  for (let round = 0; round < ROUNDS; round += 1) {
    const sink = createSink()
    await engine.containers.copyFrom('busy', { path: '/work', to: sink })
    expect(listOf(sink.bytes())).toContain('work/kept')
  }
})

test('is copied from into a directory, without files that vanish meanwhile', async () => {
  const to = mkdtempSync(join(tmpdir(), 'tsbuild-busy-'))
  try {
    for (let round = 0; round < ROUNDS; round += 1)
      await engine.containers.copyFrom('busy', { path: '/work/.', to: join(to, `${round}`) })
  } finally {
    rmSync(to, { recursive: true })
  }
})

test('is committed without a pause, and the image can be used', async () => {
  for (let round = 0; round < ROUNDS; round += 1) {
    const id = await engine.containers.commit('busy', { pause: false })
    const ran = await runToEnd(engine.containers, { image: id, network: 'none', command: ['cat', '/work/kept'] })
    expect(ran).toMatchObject({ exitCode: 0, stdout: 'kept\n' })
  }
})

test('is compared with its image', async () => {
  for (let round = 0; round < ROUNDS; round += 1) {
    const changes = await engine.containers.diff('busy')
    expect(changes.map(({ path }) => path)).toContain('/work/kept')
  }
})
