import { afterEach, beforeAll, expect, test } from 'vitest'
import { withSlowSupervisors } from './slow-supervisors.ts'
import { runToEnd, type TestEngine, temporaryContainers } from './temporary-containers.ts'

let engine: TestEngine
beforeAll(async () => {
  engine = await temporaryContainers()
})

afterEach(async () => {
  for (const { id } of await engine.containers.list({ all: true })) await engine.containers.remove(id, { force: true })
})

const PRINTS = { command: ['sh', '-c', 'echo out; echo err >&2; exit 7'] }
const EXPECTED = { exitCode: 7, stdout: 'out\n', stderr: 'err\n' }

const slow: readonly (readonly [string, string, Parameters<typeof runToEnd>[1]])[] = [
  [
    'receives messages of its first process late',
    'recvmsg:delay_enter=300000',
    { ...PRINTS, network: 'private', init: true },
  ],
  ['creates the network late', 'pipe2:delay_enter=200000', { ...PRINTS, network: 'private' }],
  ['handles events late', 'ppoll,poll:delay_exit=200000', { ...PRINTS, init: true }],
  ['notices the end late', 'wait4:delay_enter=500000', PRINTS],
]

test.each(slow)('a supervisor that %s loses neither output nor exit code', async (_, rule, spec) => {
  expect(await runToEnd(withSlowSupervisors(engine, rule), spec)).toMatchObject(EXPECTED)
})

test('the reason of a failed start is reported, however late it is noticed', async () => {
  const containers = withSlowSupervisors(engine, 'pipe2:delay_enter=500000')
  const start = containers.run({ image: 'busybox', network: 'private', sysctls: { 'net.ipv4.nothing': '1' } })
  await expect(start).rejects.toMatchObject({ message: expect.stringContaining('net.ipv4.nothing') })
})

test('wait returns the exit code while a container with --rm is being removed', async () => {
  const containers = withSlowSupervisors(engine, 'unlink:delay_enter=1500000:when=2+')
  const spec = {
    image: 'busybox',
    network: 'none',
    command: ['sleep', '1000'],
    autoRemove: true,
    name: 'brief',
  } as const
  const { container } = await containers.run(spec)
  process.kill(container.state.pid, 'SIGKILL')
  await expect.poll(async () => (await engine.containers.get('brief')).state.status).toBe('exited')
  expect(await engine.containers.wait('brief')).toBe(137)
})

test('an exit code that cannot be reported is still recorded', async () => {
  const containers = withSlowSupervisors(engine, 'recvmsg:error=ENOMEM:when=3+')
  expect(await runToEnd(containers, { ...PRINTS, init: true })).toMatchObject(EXPECTED)
})
