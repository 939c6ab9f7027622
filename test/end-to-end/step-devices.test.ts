import { chmodSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { createCdiSpecs } from '../support/cdi-specs.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { addUser, type TemporaryUser } from '../support/temporary-user.ts'
import { importBusybox } from './bases.ts'
import { createTsbuild, createTsbuildOf, type Tsbuild } from './tsbuild.ts'

const specs = createCdiSpecs()
const { kind } = specs
const room = temporaryDirectory('devices')
let tsbuild: Tsbuild
let user: TemporaryUser
let rootless: Tsbuild

beforeAll(async () => {
  chmodSync(room, 0o755)
  writeFileSync(join(room, 'library'), 'library\n')
  const zero = { path: '/dev/thing', hostPath: '/dev/zero' }
  const library = { hostPath: join(room, 'library'), containerPath: '/opt/lib/library', options: ['ro'] }
  const edits = { env: ['NAME=nought', 'OWN=device'], deviceNodes: [zero], mounts: [library], additionalGids: [44] }
  const annotations = {
    'org.mobyproject.buildkit.device.autoallow': 'true',
    'org.mobyproject.buildkit.device.class': `class${process.pid}`,
  }
  const devices = [
    { name: 'nought', containerEdits: edits },
    { name: 'open', annotations, containerEdits: { env: ['OPEN=yes'] } },
    { name: 'hooked', containerEdits: { hooks: [{ hookName: 'createContainer', path: '/bin/true' }] } },
  ]
  specs.write('steps.json', JSON.stringify({ cdiVersion: '0.6.0', kind, devices }))
  tsbuild = createTsbuild()
  user = addUser()
  rootless = createTsbuildOf(user)
  for (const one of [tsbuild, rootless]) await importBusybox(one)
})

const LOOK =
  'echo "<$NAME $OWN>"; head -c 3 /dev/thing | wc -c; cat /opt/lib/library; id -G; touch /opt/lib/library 2>&1; true'
const SEEN = ['<nought device>', '3', 'library', '0 44', 'touch: /opt/lib/library: Read-only file system']

async function build(step: string, flags: readonly string[] = [], on = tsbuild) {
  const input = `FROM busybox\nENV OWN=image\nRUN ${step}\n`
  const all = ['--progress=plain', '--no-cache', '--network=none', '-t', 'made', ...flags]
  const built = await on.with({ input }).run('build', ...all, '-')
  return { ...built, lines: built.stderr.split('\n').map((line) => line.replace(/^#\d+ (\d+\.\d+ )?/, '')) }
}

test.each([
  ['root', () => tsbuild],
  ['a user other than root', () => rootless],
])('%s gives a step the variables, devices, mounts and groups of a device', async (_, on) => {
  const { exitCode, lines, stderr } = await build(`--device=${kind}=nought ${LOOK}`, ['--allow=device'], on())
  expect(exitCode, stderr).toBe(0)
  expect(lines).toEqual(expect.arrayContaining(SEEN))
  expect(await on().ok('run', '--rm', '--network=none', 'made', 'sh', '-c', 'ls /opt /dev/thing 2>&1; true')).toBe(
    'ls: /opt: No such file or directory\nls: /dev/thing: No such file or directory',
  )
})

test('a device that is not allowed is refused before the build starts', async () => {
  const { exitCode, stderr } = await build(`--device=${kind}=nought,required echo ran`, ['--allow=network.host'])
  expect(exitCode).toBe(65)
  expect(stderr).toContain(`it requires the entitlement "device" for ${kind}=nought`)
  expect(stderr).toContain(`hint: Add --allow device=${kind}=nought if you trust this Dockerfile\n`)
  expect(stderr).toContain(`>>> RUN --device=${kind}=nought,required`)
})

test.each([
  ['by its name', 'nought', (name: string) => `device=${name}`],
  ['by all of its kind', 'nought', () => `device=${kind}=*`],
  ['among other entitlements', 'nought', (name: string) => `network.host,device=${name}`],
])('a device is allowed %s', async (_, name, allow) => {
  const { lines } = await build(`--device=${kind}=${name} echo "<$NAME>"`, ['--allow', allow(`${kind}=${name}`)])
  expect(lines).toContain('<nought>')
})

test('--allow for one device does not allow another', async () => {
  const { exitCode } = await build(`--device=${kind}=* true`, ['--allow', `device=${kind}=open`])
  expect(exitCode).toBe(65)
})

test('an alias allows a device under the alias only', async () => {
  const flags = ['--allow', `device=${kind}=nought,alias=gpu`]
  expect((await build('--device=gpu,required echo "<$NAME>"', flags)).lines).toContain('<nought>')
  expect((await build(`--device=${kind}=nought true`, flags)).exitCode).toBe(65)
})

test('a device that its specification allows needs no flag, also when it is selected by class', async () => {
  expect((await build(`--device=${kind}=open echo "<$OPEN>"`)).lines).toContain('<yes>')
  expect((await build(`--device=class${process.pid} echo "<$OPEN>"`)).lines).toContain('<yes>')
})

test('a missing device is skipped with a warning, and an error if it is required', async () => {
  const { exitCode, stderr } = await build(`--device=${kind}=none echo without`)
  expect(exitCode, stderr).toBe(0)
  expect(stderr).toContain(`This machine has no device "${kind}=none": the step runs without it`)
  const required = await build(`--device=${kind}=none,required echo without`)
  expect(required.exitCode).toBe(78)
  expect(required.stderr).toContain(`Cannot add device "${kind}=none": not in any CDI specification`)
})

test('a broken specification disables only its own devices, and builds that request devices warn about it', async () => {
  const path = specs.write('broken.json', '{"cdiVersion": "0.6.0", "kind": ')
  const { exitCode, stderr, lines } = await build(`--device=${kind}=nought echo "<$NAME>"`, ['--allow=device'])
  expect(exitCode, stderr).toBe(0)
  expect(lines).toContain('<nought>')
  expect(stderr).toContain(`Cannot use the CDI specification "${path}"`)
  const run = await tsbuild.run(
    'run',
    '--rm',
    '--network=none',
    `--device=${kind}=nought`,
    'busybox',
    'sh',
    '-c',
    'echo $NAME',
  )
  expect([run.stdout, run.stderr]).toEqual(['nought\n', expect.stringContaining(`specification "${path}"`)])
  const required = await build(`--device=${kind}=none,required true`)
  expect(required.stderr).toContain(`hint: Correct the CDI specification "${path}"`)
  rmSync(path)
})

test('a device with hooks is refused', async () => {
  const { exitCode, stderr } = await build(`--device=${kind}=hooked true`, ['--allow=device'])
  expect(exitCode).toBe(78)
  expect(stderr).toContain('"hooks" is not supported')
})

test.each(['device=', 'device=a.b/c=d,network.host', 'devcie'])('--allow %s is refused', async (allow) => {
  expect((await build('true', ['--allow', allow])).stderr).toContain(`Cannot use "--allow ${allow}"`)
})
