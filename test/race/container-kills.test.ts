import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { type TestEngine, temporaryContainers } from '../container/temporary-containers.ts'
import { cgroupsOf, isAlive, type KillTarget, killContainers, processesIn } from './kill-container.ts'
import { createRandom } from './reproducible-random.ts'
import { ended, useScript } from './run-child.ts'

const startChild = useScript('container-child.ts')
let engine: TestEngine
beforeAll(async () => {
  engine = await temporaryContainers()
})

const sleeper = { image: 'busybox', network: 'none', name: 'victim', command: ['sleep', '1000'] } as const
/** More changes than any of the calls makes. */
const MAX_CHANGES = 80

describe('a command that is killed at any of its changes', () => {
  const fresh = ['create', 'run', 'foreground'] as const
  const onRunning = ['exec', 'commit', 'stop', 'rename', 'remove'] as const
  for (const doing of [...fresh, ...onRunning]) {
    test(`${doing}: the reported state is true, everything can be removed, and the command can be repeated`, async () => {
      let at = 1
      for (; at <= MAX_CHANGES; at += 1) {
        if (onRunning.some((other) => other === doing)) await engine.containers.run(sleeper)
        const how = await ended(startChild([engine.store.root, doing, String(at)]))
        await expectTruth()
        await removeAll()
        if (how !== 'SIGKILL') {
          expect(how).toBe(0)
          break
        }
      }
      expect(at).toBeLessThan(MAX_CHANGES)
    }, 300_000)
  }
})

describe('kill -9 at a random moment', () => {
  const random = createRandom(20_240_131)
  for (const target of ['supervisor', 'first process', 'both'] as const) {
    test(`of the ${target}: the reported state is true, and everything can be removed`, async () => {
      for (let round = 0; round < 8; round += 1) {
        const starting = engine.containers.run(sleeper).catch(() => undefined) // may be killed before it has started
        await pause(random() * 40)
        await killSome(target)
        await starting
        await expectTruth()
        const found = await engine.containers.list({ all: true })
        if (found.length > 0) {
          await engine.containers.start('victim')
          expect((await engine.containers.get('victim')).state.status).toBe('running')
        }
        await removeAll()
      }
    })
  }

  test('of the first process: the log ends with its last output', async () => {
    const acknowledged = mkdtempSync(join(tmpdir(), 'tsbuild-words-'))
    try {
      for (let round = 0; round < 5; round += 1) {
        const command = ['sh', '-c', 'i=0; while :; do i=$((i+1)); echo $i; echo $i > /said/last; done']
        const mounts = [{ kind: 'bind', source: acknowledged, target: '/said' }] as const
        const last = join(acknowledged, 'last')
        rmSync(last, { force: true })
        const { container } = await engine.containers.run({ ...sleeper, command, mounts })
        await expect.poll(() => existsSync(last), { interval: 5 }).toBe(true)
        await pause(random() * 60)
        process.kill(container.state.pid, 'SIGKILL')
        expect(await engine.containers.wait('victim')).toBe(137)
        const acknowledgedCount = readFileSync(last, 'utf8')
        const words: string[] = []
        for await (const { text } of engine.containers.logs('victim')) words.push(text)
        expect(words).toEqual(words.map((_, index) => `${index + 1}\n`))
        expect(words.length).toBeGreaterThanOrEqual(Number(acknowledgedCount))
        await removeAll()
      }
    } finally {
      rmSync(acknowledged, { recursive: true })
    }
  })
})

/**
 * No running container is frozen, and nothing is left of the others. The kernel reports an exit to a supervisor with a
 * delay.
 */
async function expectTruth(): Promise<void> {
  await expect.poll(findLies).toEqual([])
}

async function findLies(): Promise<readonly string[]> {
  return (await engine.containers.list({ all: true })).flatMap(({ directory, state }) => {
    const processes = processesIn(directory)
    const isTrue = state.status === 'running' ? isAlive(state.pid) : processes.length === 0
    return isTrue ? [] : [`${state.status} as ${state.pid}, with ${processes.join(' ')}`]
  })
}

async function removeAll(): Promise<void> {
  const { containers, store } = engine
  const folder = join(store.root, 'containers')
  const names = existsSync(folder) ? readdirSync(folder) : []
  const ids = names.flatMap((name) => /[0-9a-f]{64}/.exec(name) ?? [])
  for (const { id } of await containers.list({ all: true })) await containers.remove(id, { force: true, volumes: true })
  expect(await containers.list({ all: true })).toEqual([])
  await expect.poll(() => processesIn(store.root)).toEqual([])
  expect(readFileSync('/proc/self/mounts', 'utf8')).not.toContain(store.root)
  await expect.poll(() => ids.flatMap(cgroupsOf)).toEqual([])
  await containers.volumes.prune({ all: true })
  const drafts = names.filter((name) => name.startsWith('.new-') && existsSync(join(folder, name, 'maker.json')))
  expect(drafts.filter((name) => existsSync(join(folder, name)))).toEqual([])
  await containers.create(sleeper) // its name is free
  await containers.remove('victim')
}

/** Waits for the exits, which take the kernel some time; until then list() shows the containers as running. */
async function killSome(target: KillTarget): Promise<void> {
  const victims = killContainers(processesIn(join(engine.store.root, 'containers')), target)
  await expect.poll(() => victims.filter(isAlive)).toEqual([])
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}
