import { Writable } from 'node:stream'
import { beforeAll, expect, test } from 'vitest'
import { createSink, type TestEngine, temporaryContainers } from './temporary-containers.ts'

let engine: TestEngine
beforeAll(async () => {
  engine = await temporaryContainers()
})

/** Reads a first chunk, and no more until it is released. */
function createStopped(): Writable & { go(): void; bytes(): number } {
  let bytes = 0
  let waiting: (() => void) | undefined
  let isLet = false
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      bytes += chunk.length
      if (isLet) done()
      else waiting = done
    },
  })
  const go = () => {
    isLet = true
    waiting?.()
  }
  return Object.assign(sink, { go, bytes: () => bytes })
}

test('a client that does not read does not delay others of an exited container', async () => {
  const { containers } = engine
  const stopped = createStopped()
  const spec = {
    image: 'busybox',
    network: 'none',
    command: ['sh', '-c', 'yes | head -c 9999999'],
    name: 'talker',
  } as const
  const { session } = await containers.run(spec, { stdout: stopped, stderr: createSink() })
  await expect.poll(stopped.bytes).toBeGreaterThan(0)
  await containers.kill('talker')
  expect((await containers.get('talker')).state).toMatchObject({ status: 'exited', exitCode: 137 })
  await containers.remove('talker')
  const inTime = stopped.bytes()
  stopped.go()
  expect(await session?.ended).toEqual({ kind: 'exited', exitCode: 137 })
  expect(stopped.bytes()).toBeGreaterThan(inTime)
})

test('a late client gets every byte of an exited container', async () => {
  const { containers } = engine
  const stopped = createStopped()
  const spec = { image: 'busybox', network: 'none', command: ['sh', '-c', 'yes | head -c 999999; exit 5'] } as const
  const { container, session } = await containers.run(spec, { stdout: stopped, stderr: createSink() })
  expect(await containers.wait(container.id)).toBe(5)
  await containers.remove(container.id)
  stopped.go()
  expect(await session?.ended).toEqual({ kind: 'exited', exitCode: 5 })
  expect(stopped.bytes()).toBe(999_999)
})
