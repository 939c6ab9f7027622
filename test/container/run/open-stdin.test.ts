import { Readable } from 'node:stream'
import { beforeAll, expect, test } from 'vitest'
import { createSink, type TestEngine, temporaryContainers } from '../temporary-containers.ts'

let engine: TestEngine
beforeAll(async () => {
  engine = await temporaryContainers()
})

const command = ['sh', '-c', 'while read line; do echo "got $line"; done; echo end']

async function logsOf(name: string): Promise<string> {
  let text = ''
  for await (const line of engine.containers.logs(name)) text += line.text
  return text
}

function attach(name: string, text: string) {
  return engine.containers.attach(name, { stdin: Readable.from([text]), stdout: createSink(), stderr: createSink() })
}

test('the input of a container in the background outlives that of a client that was attached', async () => {
  const { containers } = engine
  await containers.run({ image: 'busybox', network: 'none', name: 'served', openStdin: true, command })
  await attach('served', 'one\n')
  await expect.poll(() => logsOf('served')).toBe('got one\n')
  await attach('served', 'two\n')
  await expect.poll(() => logsOf('served')).toBe('got one\ngot two\n')
  await containers.remove('served', { force: true })
})

test('the input of a container that was created for the foreground ends with that of its client', async () => {
  const { containers } = engine
  await containers.create({ image: 'busybox', network: 'none', name: 'single', openStdin: true, command })
  await containers.start('single')
  const session = await attach('single', 'one\n')
  expect(await session.ended).toMatchObject({ exitCode: 0 })
  expect(await logsOf('single')).toBe('got one\nend\n')
})
