import { beforeAll, expect, test } from 'vitest'
import { rawTar } from '../support/raw-tar.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { runInProcess } from './support/run-in-process.ts'

const root = temporaryDirectory('cli')
const run = (args: readonly string[], stdin?: Uint8Array) => runInProcess(args, { root, ...(stdin && { stdin }) })

beforeAll(async () => {
  const shared = { name: 'same', data: 'same' }
  const old = rawTar([shared, { name: 'bin/tool', data: 'x'.repeat(2000) }, { name: 'gone', data: 'y'.repeat(100) }])
  const young = rawTar([shared, { name: 'bin/tool', data: 'z'.repeat(5000) }, { name: 'new\u001b[2J', data: 'n' }])
  const settings = ['-c', 'ENV KEPT=1', '-c', 'WORKDIR /srv']
  await run(['import', ...settings, '-c', 'ENV V=1', '-c', 'LABEL old=yes', '-', 'one'], old)
  await run(['import', ...settings, '-c', 'ENV V=2', '-c', 'CMD ["tool"]', '-', 'two'], young)
})
test('shows config, history and files by size', async () => {
  const { code, stdout } = await run(['image', 'diff', 'one', 'two'])
  expect(code).toBe(0)
  expect(stdout.split('\n')).toEqual([
    'Layers: 0 shared, 1 removed, 1 added',
    'Config:',
    '  + ArgsEscaped: true',
    '  + Cmd: ["tool"]',
    '  - Env.V: 1',
    '  + Env.V: 2',
    '  - Labels.old: yes',
    'History: no changes',
    'Files: 1 added, 1 changed, 1 removed, +2.9kB',
    '  +3kB    C   /bin/tool (content)',
    '  -100B   D   /gone',
    '  +1B     A   /new',
    '',
  ])
})

test('--format json prints the same for programs', async () => {
  const document = JSON.parse((await run(['image', 'diff', '--format', 'json', 'one', 'two'])).stdout)
  expect(document).toMatchObject({ Before: 'one', After: 'two', Layers: { Shared: 0, Removed: 1, Added: 1 } })
  expect(document.Config).toContainEqual({ Field: 'Env.V', Before: '1', After: '2' })
  expect(document.Files[0]).toEqual({
    Path: '/bin/tool',
    Kind: 'changed',
    BeforeBytes: 2000,
    AfterBytes: 5000,
    Aspects: ['content'],
  })
})

test('an image does not differ from itself', async () => {
  expect((await run(['image', 'diff', 'one', 'one'])).stdout).toBe(
    'Layers: 1 shared, 0 removed, 0 added\nConfig: no changes\nHistory: no changes\nFiles: 0 added, 0 changed, 0 removed, 0B\n',
  )
  expect(await run(['image', 'diff', 'one', 'none'])).toMatchObject({ code: 1 })
})
