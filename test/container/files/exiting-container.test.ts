import { setTimeout } from 'node:timers/promises'
import { beforeAll, expect, test } from 'vitest'
import { createSink, type TestEngine, temporaryContainers } from '../temporary-containers.ts'

const ROUNDS = 6
const COMMANDS = [...Array(8).keys()]

let engine: TestEngine
beforeAll(async () => {
  engine = await temporaryContainers()
})

/** Begins more and more of them while the container exits. */
async function besideItsEnd<T>(name: string, begin: () => Promise<T>): Promise<readonly PromiseSettledResult<T>[]> {
  await engine.containers.run({ image: 'busybox', name, network: 'none', command: ['sleep', '1000'] })
  const killed = engine.containers.kill(name)
  const begun = COMMANDS.map(async (number) => {
    await setTimeout(number * 5)
    return begin()
  })
  const results = await Promise.allSettled(begun)
  await killed
  return results
}

test('runs no further commands, and reports it', async () => {
  const exec = (name: string) => engine.containers.exec(name, { argv: ['true'] }, { output: () => {} })
  for (let round = 0; round < ROUNDS; round += 1) {
    const results = await besideItsEnd(`exec${round}`, () => exec(`exec${round}`))
    const failures = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []))
    for (const failure of failures) expect(failure).toMatchObject({ code: 'CONTAINER_NOT_RUNNING', exitCode: 1 })
  }
})

test('can be copied from all the time', async () => {
  for (let round = 0; round < ROUNDS; round += 1) {
    const name = `copied${round}`
    const copied = await besideItsEnd(name, async () => {
      const sink = createSink()
      await engine.containers.copyFrom(name, { path: '/bin/busybox', to: sink })
      return sink.bytes().length
    })
    const [first] = copied
    expect(first).toMatchObject({ status: 'fulfilled' })
    for (const result of copied) expect(result).toEqual(first)
  }
})
