import { mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { importBusybox } from '../../end-to-end/bases.ts'
import { createTsbuild, type Tsbuild } from '../../end-to-end/tsbuild.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'
import { blobIn, copyLayout } from './manipulated-layout.ts'

/** An image with a manipulated inline cache and correct digests: the build is correct regardless. */

interface Record {
  digest: string
  tsbuild: { diffID?: string }
}

interface Layout {
  readonly copy: string
  readonly records: Record[]
  readonly config: { [key: string]: unknown; rootfs: { diff_ids: string[] } }
  readonly manifest: { config: { digest: string; size: number }; layers: { digest: string; size: number }[] }
}

const KEY = 'moby.buildkit.cache.v0'
const DOCKERFILE = 'FROM busybox\nRUN echo one > /one\nRUN echo two > /two\n'

let room: string
let context: string
let tsbuild: Tsbuild

beforeAll(async () => {
  room = temporaryDirectory('forged-inline')
  context = mkdtempSync(join(room, 'context-'))
  tsbuild = createTsbuild()
  await importBusybox(tsbuild)
  writeFileSync(join(context, 'Dockerfile'), DOCKERFILE)
  const output = `type=oci,tar=false,name=app:latest,dest=${room}/image`
  await tsbuild.ok('build', '-q', '--cache-to=type=inline', '-o', output, context)
})

/** Builds with a changed copy of the image as cache, on a store without build cache. */
async function buildWith(change: (layout: Layout) => string | undefined) {
  const { copy, config, manifest, write } = copyLayout<Layout['manifest'], Layout['config']>(join(room, 'image'), room)
  const records: Record[] = JSON.parse(Buffer.from(String(config[KEY]), 'base64').toString())
  const value = change({ copy, records, config, manifest }) ?? JSON.stringify(records)
  write(JSON.stringify({ ...config, [KEY]: Buffer.from(value).toString('base64') }))
  await tsbuild.run('image', 'rm', '--force', 'forged')
  await tsbuild.ok('builder', 'prune', '--all', '--force')
  await tsbuild.ok('image', 'prune', '--force')
  const flags = ['--progress=plain', '-t', 'forged', `--cache-from=type=local,src=${copy}`]
  const { exitCode, stderr } = await tsbuild.run('build', ...flags, context)
  expect(exitCode, stderr).toBe(0)
  const content = await tsbuild.ok('run', '--rm', '--network=none', 'forged', 'sh', '-c', 'cat /one /two; ls / | wc -l')
  return { content, stderr }
}

test('an unchanged inline cache is used', async () => {
  const { stderr } = await buildWith(() => undefined)
  expect(stderr.match(/ CACHED$/gm)).toHaveLength(2)
})

const forgeries: { readonly [forgery: string]: (layout: Layout) => string | undefined } = {
  'blobs are other layers than the configuration names': ({ manifest: { layers } }) => void layers.reverse(),
  'diff IDs are in another order': ({ config }) => void config.rootfs.diff_ids.reverse(),
  'the configuration names fewer layers than there are': ({ config }) => void config.rootfs.diff_ids.pop(),
  'layers are empty files': ({ copy, manifest }) => {
    for (const layer of manifest.layers) writeFileSync(blobIn(copy, layer.digest), '')
    return undefined
  },
  'records name layers that the image does not have': ({ records }) => {
    for (const record of records) record.tsbuild.diffID = `sha256:${'0'.repeat(64)}`
    return undefined
  },
  'records lead out of the cache': ({ records }) => {
    for (const record of records) record.tsbuild.diffID = 'sha256:../../../../etc/passwd'
    return undefined
  },
  'records are nested without end': () => `${'['.repeat(200_000)}${']'.repeat(200_000)}`,
  'records have more bytes than are read': ({ records }) => JSON.stringify(records) + ' '.repeat(16 << 20),
  'records are not JSON': () => '<html>',
  'records are not a list': () => '{"records":[]}',
}

for (const [forgery, change] of Object.entries(forgeries))
  test(`the image is correct although ${forgery}`, async () => {
    expect((await buildWith(change)).content).toBe('one\ntwo\n10')
  })
