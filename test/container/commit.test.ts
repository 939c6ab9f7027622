import { beforeAll, expect, test } from 'vitest'
import { connectControl } from '../../container/control/control-client.ts'
import { encodeFrame, FrameKind } from '../../container/control/control-frames.ts'
import { filesIn } from '../../container/state/container-files.ts'
import { runToEnd, type TestEngine, temporaryContainers } from './temporary-containers.ts'

let engine: TestEngine
beforeAll(async () => {
  engine = await temporaryContainers()
  const command = [
    'sh',
    '-c',
    'echo new > /data/written; rm /data/from-image; echo "1.2.3.4 x" >> /etc/hosts; echo in > /vol/inner',
  ]
  await runToEnd(engine.containers, { name: 'source', mounts: [{ kind: 'volume', target: '/vol' }], command })
})

test('commit() packs additions and deletions on top of the layers of the image', async () => {
  const { containers, store } = engine
  const id = await containers.commit('source', { reference: 'changed:1', message: 'why', author: 'who' })
  const image = await store.images.get(id)
  const base = (await store.images.findAllByReference('docker.io/library/busybox:latest'))[0]
  expect(image.chain.slice(0, -1)).toEqual(base?.chain)
  expect(image.tags).toEqual(['docker.io/library/changed:1'])
  expect(image.config).toMatchObject({ author: 'who', config: { Env: ['FROM_IMAGE=yes'] } })
  expect(image.config.history?.at(-1)).toMatchObject({ comment: 'why', author: 'who' })
  const { stdout } = await runToEnd(containers, { image: 'changed:1', autoRemove: true, command: ['ls', '/data'] })
  expect(stdout).toBe('written\n')
})

test("commit() omits the container's hosts file and the content of volumes, and keeps their mount points", async () => {
  const command = ['sh', '-c', 'grep -c 1.2.3.4 /etc/hosts; ls -a /vol']
  const { stdout } = await runToEnd(engine.containers, { image: 'changed:1', autoRemove: true, command })
  expect(stdout).toBe('0\n.\n..\n')
})

test('commit() applies changes as instructions', async () => {
  const changes = ['CMD ["echo", "changed"]', 'ENV A=1 B=2', 'EXPOSE 80', 'WORKDIR /data', 'LABEL l=v']
  const id = await engine.containers.commit('source', { changes })
  const { config } = await engine.store.images.get(id)
  expect(config.config).toMatchObject({
    Cmd: ['echo', 'changed'],
    Env: expect.arrayContaining(['FROM_IMAGE=yes', 'A=1', 'B=2']),
    ExposedPorts: { '80/tcp': {} },
    WorkingDir: '/data',
    Labels: { l: 'v' },
  })
})

for (const change of ['RUN true', 'NOPE', 'COPY a b']) {
  test(`commit() refuses the change "${change}"`, async () => {
    await expect(engine.containers.commit('source', { changes: [change] })).rejects.toMatchObject({
      code: 'BUILD_REFUSED',
    })
  })
}

test('commit() of an unchanged container adds no layer', async () => {
  await runToEnd(engine.containers, { name: 'idle', command: ['true'] })
  const image = await engine.store.images.get(await engine.containers.commit('idle', {}))
  expect(image.chain).toHaveLength(1)
  expect(image.config.history?.at(-1)).toMatchObject({ empty_layer: true })
})

test('commit() pauses a running container and resumes it', async () => {
  const { containers } = engine
  const command = ['sh', '-c', 'while :; do echo tick; sleep 0.01; done']
  await containers.run({ image: 'busybox', network: 'none', name: 'ticking', command })
  await containers.commit('ticking', {})
  expect((await containers.get('ticking')).state.status).toBe('running')
  await containers.pause('ticking')
  expect((await containers.get('ticking')).state.status).toBe('paused')
  await expect(containers.pause('ticking')).rejects.toMatchObject({ code: 'CONTAINER_BAD_STATE' })
  await containers.unpause('ticking')
  await containers.pause('ticking')
  await containers.remove('ticking', { force: true })
})

test('a freeze that is requested between two runs applies to the next one', async () => {
  const { containers } = engine
  const spec = { image: 'busybox', network: 'none', name: 'restarting', command: ['sleep', '0.1'] }
  await containers.run({ ...spec, restart: { name: 'always' } })
  const status = async () => (await containers.get('restarting')).state.status
  await expect.poll(status, { interval: 5 }).toBe('restarting')
  const supervisor = await connectControl(filesIn((await containers.get('restarting')).directory))
  supervisor?.write(encodeFrame(FrameKind.freeze))
  await expect.poll(status).toBe('paused')
  supervisor?.end()
  await expect.poll(status).not.toBe('paused')
})
