import { beforeAll, describe, expect, test } from 'vitest'
import { runToEnd, type TestEngine, temporaryContainers } from './temporary-containers.ts'

let engine: TestEngine
beforeAll(async () => {
  engine = await temporaryContainers()
})

const EVERY_ARCHITECTURE = {
  architectures: ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86', 'SCMP_ARCH_X32', 'SCMP_ARCH_AARCH64'],
}

function run(syscalls: readonly object[], script: string, more: object = {}) {
  const profile = { defaultAction: 'SCMP_ACT_ALLOW', ...EVERY_ARCHITECTURE, syscalls, ...more }
  const securityOptions = [`seccomp=${JSON.stringify(profile)}`]
  return runToEnd(engine.containers, { securityOptions, command: ['sh', '-c', script] })
}

const refuse = (names: readonly string[], more: object = {}) => ({ names, action: 'SCMP_ACT_ERRNO', ...more })

describe('a custom seccomp profile', () => {
  test('refuses the listed calls with their errno, and no others', async () => {
    const ran = await run(
      [refuse(['mkdir', 'mkdirat', 'no_such_call'], { errnoRet: 95 })],
      'mkdir /x; touch /y && ls /y',
    )
    expect(ran.stderr).toMatch(/mkdir.*(Operation not supported|Not supported)/)
    expect(ran.stdout).toBe('/y\n')
  })

  test.each([
    ['SCMP_CMP_EQ', 0o500, 0, [0o500]],
    ['SCMP_CMP_NE', 0o500, 0, [0o400, 0o600]],
    ['SCMP_CMP_LT', 0o500, 0, [0o400]],
    ['SCMP_CMP_LE', 0o500, 0, [0o400, 0o500]],
    ['SCMP_CMP_GT', 0o500, 0, [0o600]],
    ['SCMP_CMP_GE', 0o500, 0, [0o500, 0o600]],
    ['SCMP_CMP_MASKED_EQ', 0o600, 0o400, [0o400, 0o500]],
  ] as const)('compares arguments: %s %d %d', async (op, value, valueTwo, refused) => {
    const rules = [
      refuse(['chmod'], { args: [{ index: 1, op, value, valueTwo }] }),
      refuse(['fchmodat', 'fchmodat2'], { args: [{ index: 2, op, value, valueTwo }] }),
    ]
    const modes = [0o400, 0o500, 0o600]
    const script = modes.map((mode) => `chmod ${mode.toString(8)} /etc/passwd 2>/dev/null || echo ${mode}`).join('; ')
    expect((await run(rules, script)).stdout).toBe(refused.map((mode) => `${mode}\n`).join(''))
  })

  test('combines the conditions on two arguments, and separates those on the same one', async () => {
    const both = [
      { index: 0, op: 'SCMP_CMP_GT', value: 0 },
      { index: 1, op: 'SCMP_CMP_EQ', value: 10 },
    ]
    const either = [
      { index: 1, op: 'SCMP_CMP_EQ', value: 10 },
      { index: 1, op: 'SCMP_CMP_EQ', value: 12 },
    ]
    const script = 'trap "echo USR1" USR1; trap "echo USR2" USR2; kill -USR1 $$; kill -USR2 $$; true'
    expect((await run([refuse(['kill'], { args: both })], script)).stdout).toBe('USR2\n')
    expect((await run([refuse(['kill'], { args: either })], script)).stdout).toBe('')
  })

  test('applies an unconditional rule if no other matches, and skips rules for other capabilities', async () => {
    const rules = [
      { names: ['mkdir', 'mkdirat'], action: 'SCMP_ACT_ALLOW', includes: { caps: ['CAP_CHOWN'] } },
      refuse(['rmdir', 'unlinkat'], { includes: { caps: ['CAP_SYS_ADMIN'] } }),
      refuse(['symlink', 'symlinkat'], { excludes: { caps: ['CAP_CHOWN'] } }),
      refuse(['link', 'linkat'], { includes: { arches: ['amd64', 'arm64'], minKernel: '3.0' } }),
      refuse(['mknod', 'mknodat'], { includes: { minKernel: '999.0' } }),
    ]
    const script = 'mkdir /d && rmdir /d && ln -s a /s && mkfifo /f && echo done; ln /etc/passwd /l || echo refused'
    expect((await run(rules, script)).stdout).toBe('done\nrefused\n')
  })

  test('applies with --privileged', async () => {
    const securityOptions = [
      `seccomp=${JSON.stringify({ defaultAction: 'SCMP_ACT_ALLOW', syscalls: [refuse(['mkdir', 'mkdirat'])] })}`,
    ]
    const ran = await runToEnd(engine.containers, { securityOptions, privileged: true, command: ['mkdir', '/x'] })
    expect(ran.stderr).toMatch(/not permitted/)
  })

  test('is shown by inspect, and applies to exec', async () => {
    const option = `seccomp=${JSON.stringify({ defaultAction: 'SCMP_ACT_ALLOW', syscalls: [refuse(['mkdir', 'mkdirat'])] })}`
    const { containers } = engine
    const spec = { image: 'busybox', name: 'filtered', network: 'none', command: ['sleep', '1000'] }
    await containers.run({ ...spec, securityOptions: [option] })
    expect(await containers.inspect('filtered')).toMatchObject({ HostConfig: { SecurityOpt: [option] } })
    const ended = await containers.exec('filtered', { argv: ['mkdir', '/x'] }, { output: () => {} })
    expect(ended.exitCode).toBe(1)
    await containers.remove('filtered', { force: true })
  })

  test.each([
    ['an unknown action', [{ names: ['mkdir'], action: 'SCMP_ACT_NOTIFY' }], {}, /SCMP_ACT_NOTIFY/],
    ['an unknown field', [], { listenerPath: '/x' }, /unknown field `listenerPath`/],
    ['an unknown comparison', [refuse(['kill'], { args: [{ index: 0, op: 'SAME', value: 1 }] })], {}, /"SAME"/],
    [
      'an argument that no call has',
      [refuse(['kill'], { args: [{ index: 6, op: 'SCMP_CMP_EQ', value: 1 }] })],
      {},
      /0 to 5/,
    ],
  ])('with %s is refused when the container starts', async (_, syscalls, more, message) => {
    await expect(run(syscalls, 'true', more)).rejects.toMatchObject({
      code: 'CONTAINER_START_FAILED',
      exitCode: 125,
      message: expect.stringMatching(message),
    })
  })

  test("accepts podman's symbolic names next to numbers", async () => {
    const rule = refuse(['mkdir', 'mkdirat'], { errnoRet: 95, errno: 'ENOTSUP', comment: '' })
    const ran = await run([rule], 'mkdir /x', { defaultErrnoRet: 38, defaultErrno: 'ENOSYS' })
    expect(ran.stderr).toMatch(/supported/)
  })

  test('that is not valid JSON is refused when the container is created', async () => {
    const spec = { image: 'busybox', securityOptions: ['seccomp={'] }
    await expect(engine.containers.create(spec)).rejects.toMatchObject({ code: 'CONTAINER_BAD_OPTION' })
  })
})
