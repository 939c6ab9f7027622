import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { importBusybox } from './bases.ts'
import { createTsbuild, type Finished, type Tsbuild } from './tsbuild.ts'

let room = ''
let tsbuild: Tsbuild
/** Created by skopeo: `one` and `two` are images with one additional layer each. */
let layout = ''

beforeAll(async () => {
  room = temporaryDirectory('layout')
  tsbuild = createTsbuild()
  await importBusybox(tsbuild)
  layout = join(room, 'layout')
  for (const name of ['one', 'two']) {
    const archive = join(room, `${name}.tar`)
    const dockerfile = `FROM busybox\nENV NAME=${name}\nCOPY <<EOF /name\n${name}\nEOF\n`
    await tsbuild.with({ input: dockerfile }).ok('build', '-o', `type=oci,dest=${archive}`, '-')
    execFileSync('skopeo', ['copy', '--quiet', `oci-archive:${archive}`, `oci:${layout}:${name}`])
  }
})

const ON_BASE = 'FROM base\nRUN echo "is $NAME, $(cat /name)" > /seen\n'
const COPIED = 'FROM scratch\nCOPY --from=base /name /name\n'

async function build(dockerfile: string, context: string): Promise<Finished> {
  const output = join(room, 'out')
  rmSync(output, { recursive: true, force: true })
  return tsbuild
    .with({ input: dockerfile, cwd: room })
    .run('build', '--progress=plain', '--build-context', `base=${context}`, '-o', output, '-')
}

async function refused(context: string): Promise<string> {
  const { exitCode, stderr } = await build(ON_BASE, context)
  expect(exitCode).not.toBe(0)
  return stderr
}

function seen(name: string): string {
  return readFileSync(join(room, 'out', name), 'utf8')
}

function digestOfTag(tag: string): string {
  const index: unknown = JSON.parse(readFileSync(join(layout, 'index.json'), 'utf8'))
  const { manifests } = index as { manifests: { digest: string; annotations?: Record<string, string> }[] }
  return manifests.find((one) => one.annotations?.['org.opencontainers.image.ref.name'] === tag)?.digest ?? ''
}

test('FROM uses a tag of a layout with its settings, and COPY --from reads its files', async () => {
  expect((await build(ON_BASE, `oci-layout://${layout}:one`)).stderr).toContain('DONE')
  expect(seen('seen')).toBe('is one, one\n')
  await build(COPIED, `oci-layout://${layout}:two`)
  expect(seen('name')).toBe('two\n')
})

test('relative paths and digests are accepted', async () => {
  await build(COPIED, `oci-layout://layout@${digestOfTag('two')}`)
  expect(seen('name')).toBe('two\n')
  await build(COPIED, `oci-layout://./layout:one@${digestOfTag('two')}`)
  expect(seen('name')).toBe('two\n')
})

test('without a tag, the tag "latest" or the only image is used; several images are ambiguous', async () => {
  expect(await refused(`oci-layout://${layout}`)).toMatch(/2 images, none of the tag "latest".*"one", "two"/s)
  expect(await refused(`oci-layout://${layout}:three`)).toContain('no image of that tag')
  const single = join(room, 'single')
  execFileSync('skopeo', ['copy', '--quiet', `oci:${layout}:two`, `oci:${single}:whatever`])
  await build(COPIED, `oci-layout://${single}`)
  expect(seen('name')).toBe('two\n')
  expect(await refused(`oci-layout://${single}:one`)).toContain('no image of that tag')
})

test('an image that umoci unpacked and repacked is used with its changes', async () => {
  const changed = join(room, 'changed')
  cpSync(layout, changed, { recursive: true })
  await build(ON_BASE, `oci-layout://${changed}:one`)
  execFileSync('umoci', ['config', '--image', `${changed}:one`, '--config.env', 'NAME=other'])
  await build(ON_BASE, `oci-layout://${changed}:one`)
  expect(seen('seen')).toBe('is other, one\n')
})

test('steps are cached by image ID, wherever the layout is stored', async () => {
  await build(ON_BASE, `oci-layout://${layout}:one`)
  const moved = join(room, 'moved')
  cpSync(layout, moved, { recursive: true })
  expect((await build(ON_BASE, `oci-layout://${moved}:one`)).stderr).toMatch(/CACHED/)
})

test('an index in the layout selects the image of the platform', async () => {
  const both = join(room, 'both')
  cpSync(layout, both, { recursive: true })
  const index = JSON.stringify({
    schemaVersion: 2,
    manifests: [
      { ...entryOf('two'), platform: { os: 'linux', architecture: 's390x' } },
      { ...entryOf('one'), platform: { os: 'linux', architecture: 'amd64' } },
    ],
  })
  const digest = addBlob(both, index)
  const entry = { mediaType: 'application/vnd.oci.image.index.v1+json', digest, size: index.length }
  writeFileSync(join(both, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [entry] }))
  await build(COPIED, `oci-layout://${both}`)
  expect(seen('name')).toBe('one\n')
})

test('damage is reported: a changed manifest, configuration or layer, and missing ones', async () => {
  const manifest = digestOfTag('one')
  const { config, layers } = documentOf(manifest)
  const top = layers.at(-1)?.digest ?? ''
  const longer = (bytes: Buffer) => Buffer.concat([bytes, Buffer.from(' ')])
  const damage = [
    ...[manifest, config.digest, top].map((digest) => [damagedCopy(digest, longer), /digest|bytes/] as const),
    [damagedCopy(top, () => undefined), /it has no "blobs\/sha256\/[0-9a-f]{64}"/] as const,
  ]
  const fresh = createTsbuild() // has no layers yet
  try {
    for (const [bad, message] of damage) {
      const build = ['build', '--build-context', `base=oci-layout://${bad}:one`, '-']
      const { exitCode, stderr } = await fresh.with({ input: 'FROM base\nRUN true\n' }).run(...build)
      expect(exitCode).not.toBe(0)
      expect(stderr).toMatch(message)
    }
  } finally {
    await fresh.close()
  }
})

test('SECURITY: links out of the layout, pipes and a huge index are refused', async () => {
  const secret = join(room, 'secret.json')
  writeFileSync(secret, '{"auths":"tell nobody"}')
  const linked = join(room, 'linked')
  mkdirSync(linked)
  symlinkSync(secret, join(linked, 'index.json'))
  const shown = await refused(`oci-layout://${linked}`)
  expect(shown).toContain('is a link to a place outside of it')
  expect(shown).not.toContain('tell nobody')
  const bad = damagedCopy(digestOfTag('one'), () => undefined)
  symlinkSync(secret, join(bad, blobName(digestOfTag('one'))))
  expect(await refused(`oci-layout://${bad}:one`)).toContain('is a link to a place outside of it')
  rmSync(join(linked, 'index.json'))
  execFileSync('mkfifo', [join(linked, 'index.json')])
  expect(await refused(`oci-layout://${linked}`)).toContain('not a regular file')
  rmSync(join(linked, 'index.json'))
  writeFileSync(join(linked, 'index.json'), Buffer.alloc(5 << 20, ' '))
  expect(await refused(`oci-layout://${linked}`)).toContain('at most 4194304')
})

test('SECURITY: only the command line can name a layout, a Dockerfile cannot', async () => {
  const { exitCode, stderr } = await tsbuild
    .with({ input: `FROM oci-layout://${layout}@${digestOfTag('one')}\nRUN true\n` })
    .run('build', '-')
  expect(exitCode).not.toBe(0)
  expect(stderr).toContain('Cannot read image reference')
})

test('an archive in place of a layout is refused with a hint', async () => {
  expect(await refused(`oci-layout://${room}/one.tar`)).toContain('tsbuild load -i file')
  expect(await refused(`oci-layout://${room}/nowhere`)).toContain('no such file or directory (expected a directory)')
  expect(existsSync(join(room, 'out'))).toBe(false)
})

function entryOf(tag: string) {
  const digest = digestOfTag(tag)
  const { length: size } = readFileSync(join(layout, blobName(digest)))
  return { mediaType: 'application/vnd.oci.image.manifest.v1+json', digest, size }
}

function documentOf(digest: string): { config: { digest: string }; layers: { digest: string }[] } {
  return JSON.parse(readFileSync(join(layout, blobName(digest)), 'utf8'))
}

let copies = 0
function damagedCopy(digest: string, change: (bytes: Buffer) => Buffer | undefined): string {
  copies += 1
  const copy = join(room, `damaged-${copies}`)
  cpSync(layout, copy, { recursive: true })
  const path = join(copy, blobName(digest))
  const bytes = change(readFileSync(path))
  rmSync(path)
  if (bytes !== undefined) writeFileSync(path, bytes)
  return copy
}

function addBlob(place: string, text: string): string {
  const digest = `sha256:${createHash('sha256').update(text).digest('hex')}`
  writeFileSync(join(place, blobName(digest)), text)
  return digest
}

function blobName(digest: string): string {
  return `blobs/sha256/${digest.replace('sha256:', '')}`
}
