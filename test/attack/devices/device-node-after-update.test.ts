import { beforeAll, expect, test } from 'vitest'
import { createSink, type TestEngine, temporaryContainers } from '../../container/temporary-containers.ts'

let engine: TestEngine

beforeAll(async () => {
  engine = await temporaryContainers()
})

const READ = 'until [ -e /disk ]; do :; done; head -c 1 /disk | wc -c; true > /disk && echo wrote'

test('update of limits does not change the device rules, also after a restart', async () => {
  const { containers } = engine
  const command = ['sh', '-c', 'mknod /disk b 254 0; exec sleep 1000']
  await containers.run({ image: 'busybox', name: 'changed', network: 'none', command, limits: { pidsMax: 50 } })
  const opened = async () => {
    const output = createSink()
    const io = { output: (_: string, chunk: Buffer) => void output.write(chunk) }
    await containers.exec('changed', { argv: ['sh', '-c', READ] }, io)
    return output.text()
  }
  await containers.update('changed', { limits: { pidsMax: 40, memoryBytes: 64 << 20 } })
  expect(await opened()).toMatch(/^(.*(not permitted|denied).*\n|0\n){3}$/)
  await containers.restart('changed', { timeoutSeconds: 0 })
  expect(await opened()).toMatch(/^(.*(not permitted|denied).*\n|0\n){3}$/)
  await containers.remove('changed', { force: true })
})
