import { beforeAll, expect, test } from 'vitest'
import { portsText } from '../../../container/index.ts'
import { type ContainerConfig, parseImageConfig } from '../../../image-spec/index.ts'
import { addBusybox, runToEnd, type TestEngine, temporaryContainers } from '../temporary-containers.ts'

/** Docker runs all of these images. */
let engine: TestEngine
beforeAll(async () => {
  engine = await temporaryContainers()
})

async function runOf(image: string, config: ContainerConfig): Promise<string> {
  await addBusybox(engine.store, image, config)
  const command = ['sh', '-c', 'trap "exit 7" TERM; echo ready; while :; do sleep 0.1; done']
  const { container } = await engine.containers.run({ image, name: image, network: 'none', command })
  for await (const { text } of engine.containers.logs(container.id, { follow: true })) if (text === 'ready\n') break
  return container.id
}

test.each(['SIGBOGUS', '0', '65', '-1', 'RTMIN+40', ' SIGTERM', '99999999999999999999'])(
  'stop signal "%s" of an image counts as SIGTERM',
  async (StopSignal) => {
    const image = `signal${StopSignal.toLowerCase().replaceAll(/[^a-z0-9]/g, '')}`
    const id = await runOf(image, { StopSignal })
    expect(await engine.containers.inspect(id)).toMatchObject({ Config: { StopSignal } })
    await engine.containers.stop(id, { timeoutSeconds: 30 })
    expect((await engine.containers.get(id)).state.exitCode).toBe(7)
  },
)

test('exposed ports of an image that are not ports are shown and not published', async () => {
  const keys = ['http', '99999', '80/foo', '', '90-80/tcp', '8080:80/tcp', '/tcp', '81/', '82/UDP']
  const ExposedPorts = Object.fromEntries(keys.map((key) => [key, {}]))
  await addBusybox(engine.store, 'ports', { ExposedPorts })
  const { container } = await engine.containers.run({
    image: 'ports',
    network: 'private',
    publishAll: true,
    command: ['sleep', '1000'],
  })
  const { Config } = await engine.containers.inspect(container.id)
  const kept = keys.filter((key) => !key.startsWith('8') || key === '80/foo' || key === '8080:80/tcp')
  expect(Object.keys(Config.ExposedPorts ?? {}).sort()).toEqual([...kept, '81/tcp', '82/udp'].sort())
  const record = await engine.containers.get(container.id)
  expect(record.ports.map(({ containerPort, protocol }) => `${containerPort}/${protocol}`)).toEqual([
    '81/tcp',
    '82/udp',
  ])
  expect(portsText(record)).not.toMatch(/NaN|http|foo/)
})

test('volumes of an image with relative paths are mounted below the root', async () => {
  await addBusybox(engine.store, 'relative', { Volumes: { data: {}, './a/../b': {}, 'c:d': {} } })
  const command = ['sh', '-c', 'cat /data/from-image; grep -o " /b " /proc/mounts; grep -o " /c:d " /proc/mounts']
  const { stdout } = await runToEnd(engine.containers, { image: 'relative', command })
  expect(stdout).toBe('from the image\n /b \n /c:d \n')
})

test('the other settings that docker ignores or cleans', async () => {
  await addBusybox(engine.store, 'odd', { Env: ['', 'A=1'], WorkingDir: '/data/../tmp/', Entrypoint: [''] })
  const command = ['sh', '-c', 'echo $A $PWD']
  const { stdout, id } = await runToEnd(engine.containers, { image: 'odd', command })
  expect(stdout).toBe('1 /tmp\n')
  expect(await engine.containers.inspect(id)).toMatchObject({ Config: { WorkingDir: '/tmp' } })
})

test('an empty working directory of the user is that of the image', async () => {
  await addBusybox(engine.store, 'placed', { WorkingDir: '/data' })
  const { stdout } = await runToEnd(engine.containers, { image: 'placed', workingDir: '', command: ['pwd'] })
  expect(stdout).toBe('/data\n')
})

test('only an entrypoint that is a single empty word counts as none', async () => {
  await addBusybox(engine.store, 'nameless', { Entrypoint: ['', 'echo'] })
  await expect(runToEnd(engine.containers, { image: 'nameless' })).rejects.toThrow(
    'exec: "": executable file not found',
  )
})

test('the longest durations of a health check are accepted', async () => {
  const longest = '{"Test":["CMD","true"],"Interval":9223372036854775807,"Retries":9223372036854775807}'
  const rootfs = '{"type":"layers","diff_ids":[]}'
  const text = `{"architecture":"amd64","os":"linux","config":{"Healthcheck":${longest}},"rootfs":${rootfs}}`
  const { config } = parseImageConfig(Buffer.from(text))
  if (config === undefined) throw new Error('it has no settings')
  const id = await runOf('patient', config)
  expect((await engine.containers.get(id)).state.health?.status).toBe('starting')
})
