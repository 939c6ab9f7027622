import { beforeAll, describe, expect, test } from 'vitest'
import { addBusybox, runToEnd, type TestEngine, temporaryContainers } from '../temporary-containers.ts'

let engine: TestEngine
beforeAll(async () => {
  engine = await temporaryContainers()
  await addBusybox(engine.store, 'with-entrypoint', {
    Entrypoint: ['echo', 'entry'],
    Cmd: ['cmd'],
    WorkingDir: '/data',
    User: 'web',
  })
})

describe('run() behaves like docker run', () => {
  const rows = [
    { title: 'the command after the image', spec: { command: ['echo', 'hi'] }, stdout: 'hi\n' },
    { title: "the image's ENTRYPOINT and CMD", spec: { image: 'with-entrypoint' }, stdout: 'entry cmd\n' },
    {
      title: 'a command replaces CMD',
      spec: { image: 'with-entrypoint', command: ['mine'] },
      stdout: 'entry mine\n',
    },
    {
      title: '--entrypoint, which discards CMD',
      spec: { image: 'with-entrypoint', entrypoint: ['pwd'] },
      stdout: '/data\n',
    },
    {
      title: 'the working directory and user of the image',
      spec: { image: 'with-entrypoint', entrypoint: ['sh', '-c', 'pwd; id -u'] },
      stdout: '/data\n1000\n',
    },
    {
      title: '-w and -u',
      spec: { workingDir: '/new/place', user: 'web', command: ['sh', '-c', 'pwd; id -un'] },
      stdout: '/new/place\nweb\n',
    },
    {
      title: '-e, which overrides ENV',
      spec: { env: ['A=1', 'FROM_IMAGE=no', 'HOME=/h'], command: ['sh', '-c', 'echo $A $FROM_IMAGE $HOME'] },
      stdout: '1 no /h\n',
    },
    { title: 'the hostname', spec: { hostname: 'here', command: ['hostname'] }, stdout: 'here\n' },
    { title: 'that the command is the first process', spec: { command: ['sh', '-c', 'echo $$'] }, stdout: '1\n' },
  ]
  for (const { title, spec, stdout } of rows) {
    test(title, async () => {
      const finished = await runToEnd(engine.containers, { autoRemove: true, ...spec })
      expect(finished).toMatchObject({ stdout, stderr: '', exitCode: 0 })
    })
  }
})

describe('exit codes', () => {
  const rows = [
    { of: 'the command', command: ['sh', '-c', 'exit 3'], exitCode: 3 },
    { of: 'a command killed by a signal', command: ['sh', '-c', 'sh -c "kill -9 \\$\\$"; exit $?'], exitCode: 137 },
  ]
  for (const { of, command, exitCode } of rows) {
    test(`run() returns that of ${of}`, async () => {
      expect((await runToEnd(engine.containers, { autoRemove: true, command })).exitCode).toBe(exitCode)
    })
  }

  test('run() does not find a command in PATH that is not executable: 127; by its path it is refused: 126', async () => {
    const { id } = await runToEnd(engine.containers, { command: ['sh', '-c', 'echo x >/bin/plain'] })
    const image = await engine.containers.commit(id, {})
    await engine.containers.remove(id)
    const running = (command: string) =>
      engine.containers.run({ image, network: 'none', command: [command], autoRemove: true })
    await expect(running('plain')).rejects.toMatchObject({
      exitCode: 127,
      message: expect.stringContaining('exec: "plain": executable file not found in $PATH'),
    })
    await expect(running('/bin/plain')).rejects.toMatchObject({ exitCode: 126 })
  })

  test('run() of a missing command fails with 127 and prints its name', async () => {
    const running = runToEnd(engine.containers, { autoRemove: true, command: ['no-such-command'] })
    await expect(running).rejects.toMatchObject({ exitCode: 127, message: expect.stringContaining('no-such-command') })
  })

  test('run() of a file that is not executable fails with 126', async () => {
    const running = runToEnd(engine.containers, { autoRemove: true, command: ['/etc/passwd'] })
    await expect(running).rejects.toMatchObject({ exitCode: 126 })
  })

  test('run() of an unknown image fails with 125', async () => {
    const running = runToEnd(engine.containers, { image: 'no-such-image', command: ['true'] })
    await expect(running).rejects.toMatchObject({ exitCode: 125, code: 'CONTAINER_IMAGE_MISSING' })
  })
})

test('stdout and stderr are separate, and large output is complete', async () => {
  const command = ['sh', '-c', 'echo to-stderr >&2; seq 1 200000']
  const finished = await runToEnd(engine.containers, { autoRemove: true, command })
  expect(finished.stderr).toBe('to-stderr\n')
  const lines = finished.stdout.split('\n')
  expect([lines.length, lines.at(-2)]).toEqual([200_001, '200000'])
})

test('a container with --rm is removed, with its name, when run() returns', async () => {
  await runToEnd(engine.containers, { autoRemove: true, name: 'fleeting', command: ['true'] })
  expect(await engine.containers.list({ all: true })).toEqual([])
  await runToEnd(engine.containers, { autoRemove: true, name: 'fleeting', command: ['true'] })
})
