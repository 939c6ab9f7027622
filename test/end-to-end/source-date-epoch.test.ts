import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { startCaseServer } from '../conformance/case-server.ts'
import { type RawEntry, rawTar } from '../support/raw-tar.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { createTsbuild, type Tsbuild } from './tsbuild.ts'

let room = ''
let tsbuild: Tsbuild

beforeAll(() => {
  room = temporaryDirectory('epoch')
  tsbuild = createTsbuild()
})

function contextOf(dockerfile: string): string {
  const context = mkdtempSync(join(room, 'context-'))
  writeFileSync(join(context, 'Dockerfile'), dockerfile)
  return context
}

/** The directories in each layer of an OCI archive, with their times in seconds. */
function directoryTimes(archive: string): Record<string, number>[] {
  const unpacked = mkdtempSync(join(room, 'layers-'))
  execFileSync('tar', ['-xf', archive, '-C', unpacked])
  const blob = (digest: string) => join(unpacked, 'blobs', digest.replace(':', '/'))
  const json = (path: string) => JSON.parse(readFileSync(path, 'utf8'))
  const { layers } = json(blob(json(join(unpacked, 'index.json')).manifests[0].digest))
  const list = ['--list', '--verbose', '--utc', '--full-time', '-f']
  return layers.map(({ digest }: { digest: string }) => {
    const lines = execFileSync('tar', [...list, blob(digest)], { encoding: 'utf8' }).split('\n')
    const directories = lines.filter((line) => line.startsWith('d')).map((line) => line.split(/\s+/))
    return Object.fromEntries(
      directories.map(([, , , day, time, name]) => [name, Date.parse(`${day}T${time}Z`) / 1000]),
    )
  })
}

/** Seconds since the epoch. */
async function creationOf(image: string): Promise<number> {
  return Date.parse(await tsbuild.ok('image', 'inspect', '--format', '{{.Created}}', image)) / 1000
}

test('the default of a global ARG dates the image, and an explicit value overrides it', async () => {
  const context = contextOf('ARG SOURCE_DATE_EPOCH=1000000000\nFROM scratch\nCOPY Dockerfile /\n')
  await tsbuild.ok('build', '-t', 'dated', context)
  expect(await creationOf('dated')).toBe(1_000_000_000)
  await tsbuild.with({ env: { SOURCE_DATE_EPOCH: '1100000000' } }).ok('build', '-t', 'dated', context)
  expect(await creationOf('dated')).toBe(1_100_000_000)
})

test('files of a context that replaces a base image are dated like those that the build adds', async () => {
  const context = contextOf('FROM base\nWORKDIR /made\n')
  const base = mkdtempSync(join(room, 'base-'))
  mkdirSync(join(base, 'directory'))
  const archive = join(room, 'on-context.tar')
  const output = ['-o', `type=oci,dest=${archive},rewrite-timestamp=true`]
  const flags = ['--build-arg', 'SOURCE_DATE_EPOCH=1000000000', '--build-context', `base=${base}`]
  await tsbuild.ok('build', ...output, ...flags, context)
  expect(directoryTimes(archive)).toEqual([{ 'directory/': 1_000_000_000 }, { 'made/': 1_000_000_000 }])
})

test('a directory that gets a new entry has the time of the layer, a directory of an archive the time of its entry', async () => {
  const context = contextOf(
    'FROM scratch AS base\nADD base.tar /\nFROM base\nCOPY Dockerfile /etc/\nWORKDIR /var/www\nADD added.tar /opt/\nCOPY Dockerfile /opt/given/x/\n',
  )
  const entry = (name: string, seconds: number): RawEntry => ({ name, type: '5', mode: 0o755, mtime: seconds })
  const names = ['etc', 'var', 'opt', 'opt/given', 'opt/other']
  writeFileSync(join(context, 'base.tar'), rawTar(names.map((name) => entry(name, 1_000_000_000))))
  const added = [entry('given', 1_100_000_000), { name: 'given/a', data: 'a' }, { name: 'other/b', data: 'b' }]
  writeFileSync(join(context, 'added.tar'), rawTar(added))
  const output = join(room, 'times.tar')
  const dated = tsbuild.with({ env: { SOURCE_DATE_EPOCH: '1500000000' } })
  await dated.ok('build', '-o', `type=oci,dest=${output},rewrite-timestamp=true`, context)
  expect(directoryTimes(output).slice(1)).toEqual([
    { 'etc/': 1_500_000_000 },
    { 'var/': 1_500_000_000, 'var/www/': 1_500_000_000 },
    { 'opt/': 1_500_000_000, 'opt/given/': 1_100_000_000, 'opt/other/': 1_500_000_000 },
    { 'opt/': 1_500_000_000, 'opt/given/': 1_500_000_000, 'opt/given/x/': 1_500_000_000 },
  ])
})

test('source-date-epoch of an output takes precedence for this output', async () => {
  const context = contextOf('FROM scratch\nCOPY Dockerfile /\nWORKDIR /made\n')
  const output = join(room, 'own-date.tar')
  const flags = ['--build-arg', 'SOURCE_DATE_EPOCH=1100000000', '-t', 'dated', '-o', 'type=image']
  const own = `type=oci,dest=${output},rewrite-timestamp=true,source-date-epoch=1000000000`
  await tsbuild.ok('build', ...flags, '-o', own, context)
  expect(directoryTimes(output).at(-1)).toEqual({ 'made/': 1_000_000_000 })
  expect(await creationOf('dated')).toBe(1_100_000_000)
  await tsbuild.ok('build', '-o', `type=docker,name=dated,source-date-epoch=1000000000`, context)
  expect(await creationOf('dated')).toBe(1_000_000_000)
  const wrong = await tsbuild.run('build', '-o', 'type=oci,dest=x,source-date-epoch=now', context)
  expect(wrong.stderr).toContain('"source-date-epoch=now"')
})

test('an archive dates the image and its files', async () => {
  const context = contextOf('FROM scratch\nCOPY Dockerfile /\nWORKDIR /made\n')
  const archive = execFileSync('tar', ['--create', '--mtime=@1200000000', '-C', context, 'Dockerfile'])
  const output = join(room, 'archive.tar')
  const words = ['build', '--build-arg', 'SOURCE_DATE_EPOCH=context', '-t', 'dated']
  await tsbuild.with({ input: archive }).ok(...words, '-')
  expect(await creationOf('dated')).toBe(1_200_000_000)
  await tsbuild.with({ input: archive }).ok(...words, '-o', `type=tar,dest=${output},rewrite-timestamp=true`, '-')
  const listing = execFileSync('tar', ['--list', '--verbose', '--utc', '-f', output], { encoding: 'utf8' })
  expect(listing.match(/2008-01-10 21:20/g)).toHaveLength(listing.trim().split('\n').length)
})

test.each(['local', 'tar'])('all files of type=%s have exactly that date, including older ones', async (type) => {
  const context = contextOf('FROM scratch\nCOPY Dockerfile /\nWORKDIR /made\n')
  utimesSync(join(context, 'Dockerfile'), 900_000_000, 900_000_000)
  const output = join(room, `dated-${type}`)
  await tsbuild
    .with({ env: { SOURCE_DATE_EPOCH: '1000000000' } })
    .ok('build', '-o', `type=${type},dest=${output}`, context)
  const unpacked = type === 'local' ? output : mkdtempSync(join(room, 'unpacked-'))
  if (type === 'tar') execFileSync('tar', ['-xf', output, '-C', unpacked])
  const times = ['Dockerfile', 'made'].map((name) => statSync(join(unpacked, name)).mtimeMs / 1000)
  expect(times).toEqual([1_000_000_000, 1_000_000_000])
})

test('a time before 1970 dates the image and its files', async () => {
  const context = contextOf('FROM scratch\nCOPY Dockerfile /\nWORKDIR /made\n')
  const output = join(room, 'old.tar')
  const dated = tsbuild.with({ env: { SOURCE_DATE_EPOCH: '-86400' } })
  await dated.ok('build', '-t', 'old', '-o', `type=oci,dest=${output},rewrite-timestamp=true`, context)
  const unpacked = mkdtempSync(join(room, 'old-'))
  execFileSync('tar', ['-xf', output, '-C', unpacked])
  const read = (digest: string) => join(unpacked, 'blobs', digest.replace(':', '/'))
  const json = (path: string) => JSON.parse(readFileSync(path, 'utf8'))
  const manifest = json(read(json(join(unpacked, 'index.json')).manifests[0].digest))
  const config = json(read(manifest.config.digest))
  expect([config.created, ...config.history.map(({ created }: { created: string }) => created)]).toEqual(
    Array(3).fill('1969-12-31T00:00:00Z'),
  )
  for (const { digest } of manifest.layers) {
    const list = ['--list', '--verbose', '--utc', '-f', read(digest)]
    expect(execFileSync('tar', list, { encoding: 'utf8' })).toContain('1969-12-31 00:00')
  }
})

test('the date of a repository is resolved on each build: a later commit dates a cached build', async () => {
  const repository = join(room, 'www/git/project.git')
  mkdirSync(repository, { recursive: true })
  const git = (seconds: number, ...words: string[]) =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.com', ...words], {
      cwd: repository,
      env: { ...process.env, GIT_COMMITTER_DATE: `@${seconds} +0000`, GIT_AUTHOR_DATE: '@1 +0000' },
    })
  git(1, 'init', '--quiet')
  const server = await startCaseServer(room)
  for (const seconds of [1_300_000_000, 1_400_000_000]) {
    git(seconds, 'commit', '--quiet', '--allow-empty', '-m', 'one')
    const context = contextOf('ARG SOURCE_DATE_EPOCH=sources\nFROM scratch\nLABEL a=b\n')
    await tsbuild.ok('build', '-t', 'dated', '--build-context', `sources=${server.origin}/git/project.git`, context)
    expect(await creationOf('dated')).toBe(seconds)
  }
  await server.close()
})

test('a time that differs between platforms is refused', async () => {
  const context = contextOf(
    'ARG ONE=${TARGETARCH/arm64/1}\nARG SOURCE_DATE_EPOCH=${ONE/s390x/2}\nFROM scratch\nLABEL a=b\n',
  )
  const words = ['build', '--platform=linux/arm64,linux/s390x', '-o', `type=oci,dest=${join(room, 'two.tar')}`, context]
  expect((await tsbuild.run(...words)).stderr).toContain(
    'Cannot use SOURCE_DATE_EPOCH: it differs between the platforms (expected one time for all of them)',
  )
})

test('a check reports an invalid value and fetches nothing', async () => {
  const wrong = await tsbuild.run('build', '--check', contextOf('ARG SOURCE_DATE_EPOCH=x\nFROM scratch\nLABEL a=b\n'))
  expect(wrong).toMatchObject({ exitCode: 1, stdout: expect.stringContaining('PLAN_EPOCH_INVALID') })
  const dockerfile = 'ARG SOURCE_DATE_EPOCH=a\nFROM scratch AS a\nADD http://127.0.0.1:1/a /\n'
  expect(await tsbuild.ok('build', '--check', contextOf(dockerfile))).toBe('Check complete, no warnings found.')
})
