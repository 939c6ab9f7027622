import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { createTsbuild } from '../../end-to-end/tsbuild.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'

const tsbuild = createTsbuild()
const room = temporaryDirectory('layouts')
const [good, context, secret] = ['good', 'context', 'secret'].map((name) => join(room, name)) as [
  string,
  string,
  string,
]

beforeAll(async () => {
  mkdirSync(context)
  writeFileSync(secret, '{"of": "the host"}')
  writeFileSync(join(context, 'Dockerfile'), 'FROM scratch\nCOPY Dockerfile /x\n')
  await tsbuild.ok('build', `--output=type=oci,tar=false,dest=${good}`, context)
  writeFileSync(join(context, 'Dockerfile'), 'FROM layout\nCOPY Dockerfile /y\n')
})

const blobs = (layout: string): string => join(layout, 'blobs/sha256')
/** Replaces every blob of the layout. */
const eachBlob = (layout: string, replace: (path: string) => void): void => {
  for (const name of readdirSync(blobs(layout))) replace(join(blobs(layout), name))
}
const inPlaceOf = (path: string, make: (path: string) => void): void => {
  rmSync(path)
  make(path)
}

test.each<readonly [string, (layout: string) => void]>([
  [
    'blobs that are links to a file of the host',
    (layout) => eachBlob(layout, (path) => inPlaceOf(path, (at) => symlinkSync(secret, at))),
  ],
  [
    'blobs that are links to a device',
    (layout) => eachBlob(layout, (path) => inPlaceOf(path, (at) => symlinkSync('/dev/zero', at))),
  ],
  [
    'blobs that are pipes',
    (layout) => eachBlob(layout, (path) => inPlaceOf(path, (at) => void execFileSync('mkfifo', [at]))),
  ],
  [
    'a directory of blobs elsewhere',
    (layout) => {
      renameSync(blobs(layout), `${layout}-blobs`)
      symlinkSync(`${layout}-blobs`, blobs(layout))
    },
  ],
  ['an index that is a link', (layout) => inPlaceOf(join(layout, 'index.json'), (at) => symlinkSync(secret, at))],
  [
    'an index that is a device',
    (layout) => inPlaceOf(join(layout, 'index.json'), (at) => symlinkSync('/dev/zero', at)),
  ],
  [
    'an index that is a pipe',
    (layout) => inPlaceOf(join(layout, 'index.json'), (at) => void execFileSync('mkfifo', [at])),
  ],
])('a layout with %s is refused', async (name, spoil) => {
  const layout = join(room, name.replaceAll(' ', '-'))
  cpSync(good, layout, { recursive: true })
  spoil(layout)
  const tries = [
    ['copy', `oci:${layout}`, `oci:${join(room, 'copied')}`],
    ['copy', `oci:${layout}`, 'store:copied'],
    ['build', '--build-context', `layout=oci-layout://${layout}`, context],
  ]
  for (const words of tries) {
    const { exitCode, stdout, stderr } = await tsbuild.run(...words)
    expect([exitCode, stdout + stderr]).toEqual([65, expect.not.stringContaining('the host')])
  }
  expect(readFileSync(secret, 'utf8')).toBe('{"of": "the host"}')
})
