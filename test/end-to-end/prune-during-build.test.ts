import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test, vi } from 'vitest'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { importBusybox } from './bases.ts'
import { createTsbuild, finished, type Tsbuild } from './tsbuild.ts'

const UNRELATED = 'FROM busybox\nRUN echo unrelated > /unrelated\n'
const LONG = `FROM busybox
COPY file /file
RUN echo one > /one
RUN --mount=type=cache,target=/gate touch /gate/waits; while ! test -e /gate/go; do sleep 0.1; done; echo two > /two
RUN cat /file /one /two > /all
CMD ["cat", "/all"]
`

let tsbuild: Tsbuild
let context: string

beforeAll(async () => {
  tsbuild = createTsbuild()
  context = temporaryDirectory('beside')
  writeFileSync(join(context, 'file'), 'file\n')
  await importBusybox(tsbuild)
})

test('prune and rm during a long step remove only what the build does not use, and its image is complete', async () => {
  const base = layers()
  for (const name of ['removed', 'pruned']) await build(name, `${UNRELATED}RUN echo ${name} > /${name}\n`)
  const unrelated = new Set(layers())
  const long = finished(tsbuild.start(buildWords('long'), { stdio: 'pipe' }), LONG)
  const gate = await vi.waitUntil(() => gates().find((path) => existsSync(join(path, 'waits'))), { timeout: 30_000 })
  const used = layers().filter((id) => !unrelated.has(id))

  await tsbuild.ok('image', 'rm', 'removed')
  await tsbuild.ok('builder', 'prune', '--force')
  await tsbuild.ok('image', 'prune', '--all', '--force')
  await tsbuild.ok('system', 'prune', '--all', '--force')
  expect(await tsbuild.ok('images', '--format', '{{.Repository}}')).toBe('busybox')
  expect(new Set(layers())).toEqual(new Set([...base, ...used]))
  expect(await tsbuild.run('system', 'reset', '--force')).toMatchObject({
    exitCode: 75,
    stderr: expect.stringMatching(/in use by process \d+ \(tsbuild build\)/),
  })
  await tsbuild.ok('rmi', 'busybox')

  writeFileSync(join(gate, 'go'), '')
  expect(await long).toMatchObject({ exitCode: 0 })
  expect(await tsbuild.ok('run', '--rm', '--network=none', 'long')).toBe('file\none\ntwo')
  await tsbuild.ok('save', '--output', join(context, 'long.tar'), 'long')
  expect(readdirSync(join(tsbuild.root, 'tmp'))).toEqual([])
})

function buildWords(name: string): readonly string[] {
  return ['build', '--quiet', '--network=none', '--tag', name, '--file', '-', context]
}

async function build(name: string, dockerfile: string): Promise<void> {
  await tsbuild.with({ input: dockerfile }).ok(...buildWords(name))
}

function layers(): readonly string[] {
  return readdirSync(join(tsbuild.root, 'layers'))
}

function gates(): readonly string[] {
  const folder = join(tsbuild.root, 'cache-mounts')
  return existsSync(folder) ? readdirSync(folder).map((home) => join(folder, home, '0', 'cache')) : []
}
