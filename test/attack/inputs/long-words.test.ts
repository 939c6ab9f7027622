import { beforeAll, expect, test } from 'vitest'
import { runToEnd, type TestEngine, temporaryContainers } from '../../container/temporary-containers.ts'

let engine: TestEngine
beforeAll(async () => {
  engine = await temporaryContainers()
})

test.each([
  ['command', { entrypoint: [`/${'x'.repeat(1 << 20)}`] }, 'File name too long'],
  ['user', { user: 'x'.repeat(1 << 20) }, "not in the image's /etc/passwd"],
  ['working directory', { workingDir: `/${'x'.repeat(1 << 20)}` }, 'more than 4095 bytes'],
])('a %s of a megabyte is refused with a short message', async (_, spec, reason) => {
  const running = runToEnd(engine.containers, { ...spec, autoRemove: true }).then(
    () => '',
    (error: Error) => error.message,
  )
  const message = await running
  expect(message).toContain(reason)
  expect(message.length).toBeLessThan(5000)
})
