import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { createCdiSpecs } from '../support/cdi-specs.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { runToEnd, type TestEngine, temporaryContainers } from './temporary-containers.ts'

const specs = createCdiSpecs()
const { kind } = specs
let engine: TestEngine
let room: string

beforeAll(async () => {
  engine = await temporaryContainers()
  room = temporaryDirectory('cdi')
  writeFileSync(join(room, 'library'), 'library\n')
  specs.write(
    'one.yaml',
    [
      `cdiVersion: 0.6.0`,
      `kind: ${kind}`,
      'containerEdits:',
      '  env: [SHARED=yes, FROM_IMAGE=no]',
      `  mounts: [{ hostPath: ${room}/library, containerPath: /lib/library, options: [ro, nosuid] }]`,
      'devices:',
      '  - name: nought',
      '    containerEdits:',
      '      env: [NAME=nought]',
      '      deviceNodes: [{ path: /dev/thing, hostPath: /dev/zero, permissions: rw }]',
      '      additionalGids: [44]',
      '  - name: hooked',
      '    containerEdits: { hooks: [{ hookName: createContainer, path: /bin/true }] }',
    ].join('\n'),
  )
  specs.write(
    'other.json',
    JSON.stringify({
      cdiVersion: '0.6.0',
      kind: `${kind}2`,
      devices: [{ name: '0', containerEdits: { env: ['SECOND=0'] } }],
    }),
  )
})

const run = (cdiDevices: readonly string[], script: string) =>
  runToEnd(engine.containers, { cdiDevices, command: ['sh', '-c', script], autoRemove: true })

test('a CDI device adds its variables, devices, mounts and groups', async () => {
  const script =
    'echo $SHARED $FROM_IMAGE $NAME $SECOND; head -c 3 /dev/thing | wc -c; cat /lib/library; id -G; touch /lib/library'
  const { stdout, stderr } = await run([`${kind}=nought`, `${kind}2=0`], script)
  expect(stdout.trim().split('\n')).toEqual(['yes no nought 0', '3', 'library', '0 44'])
  expect(stderr).toMatch(/Read-only/)
})

test.each([
  ['an unknown device', 'none', /not in any CDI specification/],
  ['a device with hooks', 'hooked', /"hooks" is not supported/],
])('%s is refused', async (_, name, message) => {
  await expect(run([`${kind}=${name}`], 'true')).rejects.toMatchObject({
    code: 'CONTAINER_START_FAILED',
    message: expect.stringMatching(message),
  })
})
