import { execFile } from 'node:child_process'
import { readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { writeOutput } from '../../../builder/finish/write-output.ts'
import type { Output } from '../../../builder/index.ts'
import { parseReference } from '../../../image-spec/index.ts'
import { openNative } from '../../../sandbox-native/driver/index.ts'
import { busyboxImage, NAME, platform } from '../../images/archives/busybox-image.ts'
import { temporaryRoot, temporaryStore } from '../../layer-store/temporary-store.ts'
import { anonymousClient } from '../../registry/blob-samples.ts'
import { startRegistry } from '../../support/start-registry.ts'

const run = promisify(execFile)

test.each([
  ['an OCI archive', { type: 'oci', tar: true }, 'oci-archive:out'],
  ['an OCI layout', { type: 'oci', tar: false }, 'oci:out'],
  ['a Docker archive', { type: 'docker', tar: true, compression: 'none' }, 'docker-archive:out'],
  ['a layout with Docker media types', { type: 'docker', tar: false }, 'oci:out'],
] as const)('%s has the digest that is reported', async (_, output, transport) => {
  const { write, folder, image } = await start()
  const { digest = '' } = (await write({ ...output, destination: join(folder, 'out') })) ?? {}
  const seen = await run('skopeo', ['inspect', '--config', transport.replace('out', join(folder, 'out'))])
  expect(JSON.parse(seen.stdout)).toMatchObject({ rootfs: image.config.rootfs })
  expect(digest).toMatch(/^sha256:/)
  if (transport.startsWith('oci:')) {
    const inspected = await run('skopeo', ['inspect', `oci:${join(folder, 'out')}`])
    expect(JSON.parse(inspected.stdout).Digest).toBe(digest)
  }
})

test('a damaged blob of an existing layout is written again', async () => {
  const { write, folder } = await start()
  const output = { type: 'oci', tar: false, destination: join(folder, 'out') } as const
  await write(output)
  const blobs = join(folder, 'out/blobs/sha256')
  for (const name of await readdir(blobs))
    await writeFile(join(blobs, name), Buffer.alloc((await stat(join(blobs, name))).size))
  await write(output)
  await expect(
    run('skopeo', ['copy', `oci:${output.destination}`, `dir:${join(folder, 'read')}`]),
  ).resolves.toBeDefined()
})

test('a directory that cannot be created is refused immediately', async () => {
  const { write } = await start()
  await expect(write({ type: 'local', destination: '/proc/absent/out' })).rejects.toThrow('/proc/absent/out')
  await expect(write({ type: 'oci', tar: false, destination: '/proc/absent/oci' })).rejects.toThrow('/proc/absent/oci')
})

test.each([
  ['file', 'file exists (expected a directory, or no file)'],
  ['pipe', 'file exists (expected a directory, or no file)'],
  ['dangling', 'file exists (expected a directory, or no file)'],
  ['loop', 'too many levels of symbolic links'],
  ['n'.repeat(300), 'file name too long'],
])('a path that cannot be used as a directory is named: %s', async (name, found) => {
  const { write, folder } = await start()
  await writeFile(join(folder, 'file'), '')
  await run('mkfifo', [join(folder, 'pipe')])
  for (const link of ['dangling', 'loop']) await symlink(link === 'loop' ? link : '/absent/x', join(folder, link))
  const message = `Cannot write "${join(folder, name)}": ${found}`
  await expect(write({ type: 'local', destination: join(folder, name) })).rejects.toMatchObject({ message })
  const below = write({ type: 'tar', destination: join(folder, name, 'x.tar') })
  await expect(below).rejects.toMatchObject({ message }) // not the file below, which is not what is in the way
})

test('a pipe gets the whole archive once it has a reader, and waiting for one ends with the build', async () => {
  const { write, folder } = await start()
  const pipe = join(folder, 'pipe')
  await run('mkfifo', [pipe])
  const [listed] = await Promise.all([
    run('sh', ['-c', 'sleep 0.2; cat "$0" | (tar -t; cat >/dev/null)', pipe]),
    write({ type: 'oci', tar: true, destination: pipe }),
  ])
  expect(listed.stdout).toContain('index.json')
  for (const output of [{ type: 'tar' }, { type: 'oci', tar: true }] as const)
    await expect(write({ ...output, destination: pipe }, AbortSignal.timeout(100))).rejects.toThrow(/abort/i)
}, 20_000)

test('type=tar and type=local write the same files', async () => {
  const { write, folder } = await start()
  expect(await write({ type: 'tar', destination: join(folder, 'out.tar') })).toBeUndefined()
  expect(await write({ type: 'local', destination: join(folder, 'out') })).toBeUndefined()
  expect(await readFile(join(folder, 'out', 'hello'), 'utf8')).toBe('hello')
  const { stdout } = await run('tar', ['-xOf', join(folder, 'out.tar'), 'hello'])
  expect(stdout).toBe('hello')
})

test('a directory of the image is written alone', async () => {
  const { write, folder } = await start()
  await write({ type: 'local', destination: join(folder, 'out'), source: '/bin' })
  expect(await readdir(join(folder, 'out'))).toEqual(['busybox', 'sh'])
  await write({ type: 'tar', destination: join(folder, 'out.tar'), source: 'bin' })
  const { stdout } = await run('tar', ['-tf', join(folder, 'out.tar')])
  expect(stdout).toBe('busybox\nsh\n')
  const absent = write({ type: 'local', destination: join(folder, 'out'), source: '/absent' })
  await expect(absent).rejects.toThrow('Cannot read "/absent"')
})

test.each(['tar', 'oci', 'docker'] as const)(
  'a full disk is reported with its path by outputs of type %s',
  async (type) => {
    const { write } = await start()
    const output = type === 'tar' ? { type } : { type, tar: true }
    await expect(write({ ...output, destination: '/dev/full' })).rejects.toMatchObject({
      code: 'ARCHIVE_WRITE_FAILED',
      message: expect.stringMatching(/^Cannot write "\/dev\/full": no space left on device/),
      hint: expect.stringContaining('Free space'),
    })
  },
)

test('a pushed image is identical in the registry', async () => {
  const registry = await startRegistry()
  const { write } = await start([`${registry.host}/app:v1`, `${registry.host}/app:v2`])
  const { digest = '' } = (await write({ type: 'image', push: true })) ?? {}
  for (const tag of ['v1', 'v2']) {
    const seen = await run('skopeo', ['inspect', '--tls-verify=false', `docker://${registry.host}/app:${tag}`])
    expect(JSON.parse(seen.stdout).Digest).toBe(digest)
  }
})

test('an image without a name cannot be pushed', async () => {
  const { write } = await start([])
  await expect(write({ type: 'image', push: true })).rejects.toMatchObject({ code: 'BUILD_OUTPUT_FAILED' })
})

async function start(tags: readonly string[] = [NAME]) {
  const native = openNative()
  const store = await temporaryStore(native.trees)
  const image = await busyboxImage(store, native.trees)
  const registry = async () => anonymousClient()
  const write = (output: Output, signal = new AbortController().signal) =>
    writeOutput(
      { store, native, registry },
      {
        output,
        targets: [{ platform, image, chain: image.chain }],
        isMultiPlatform: false,
        tags: tags.map(parseReference),
        onProgress: () => {},
        warn: () => {},
      },
      signal,
    )
  return { write, image, folder: await temporaryRoot() }
}
