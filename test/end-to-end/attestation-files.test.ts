import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { lstatSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { createTsbuild, type Tsbuild } from './tsbuild.ts'

let room = ''
let tsbuild: Tsbuild

beforeAll(() => {
  room = temporaryDirectory('attestation-files')
  tsbuild = createTsbuild({ SOURCE_DATE_EPOCH: '1700000000' }).with({ cwd: room })
})

const TWO_FILES = 'FROM scratch\nCOPY <<a <<b /d/\nfirst\na\nsecond\nb\n'

const subjects = [
  { name: 'd/a', digest: { sha256: createHash('sha256').update('first\n').digest('hex') } },
  { name: 'd/b', digest: { sha256: createHash('sha256').update('second\n').digest('hex') } },
]

async function built(dockerfile: string, output: string, ...words: string[]): Promise<string> {
  const place = join(mkdtempSync(join(room, 'out-')), 'out')
  await tsbuild.with({ input: dockerfile }).ok('build', '-o', `${output},dest=${place}`, ...words, '-')
  return place
}

function statement(path: string) {
  return JSON.parse(readFileSync(path, 'utf8'))
}

test('a directory gets the provenance and the SBOM as statements about its files', async () => {
  const out = await built(TWO_FILES, 'type=local', '--provenance=reproducible=true', '--sbom=true')
  expect(readdirSync(out).sort()).toEqual(['d', 'provenance.json', 'sbom.spdx.json'])
  const provenance = statement(join(out, 'provenance.json'))
  expect(provenance).toMatchObject({ predicateType: 'https://slsa.dev/provenance/v1', subject: subjects })
  expect(provenance.predicate.buildDefinition.internalParameters.buildConfig.dockerfile).toBe(TWO_FILES)
  expect(provenance.predicate.runDetails.metadata).toMatchObject({ buildkit_reproducible: true })
  expect(statement(join(out, 'sbom.spdx.json'))).toMatchObject({
    predicateType: 'https://spdx.dev/Document',
    subject: subjects,
  })
  const { mode, mtimeMs } = lstatSync(join(out, 'provenance.json'))
  expect([mode & 0o7777, mtimeMs]).toEqual([0o600, 1_700_000_000_000])
})

test('a tar of an empty image has its provenance alone', async () => {
  const out = await built('FROM scratch\nENV a=b\n', 'type=tar', '--provenance=true')
  expect(execFileSync('tar', ['-tf', out], { encoding: 'utf8' })).toBe('provenance.json\n')
})

test('so does a tar, for each platform', async () => {
  const platforms = ['--platform=linux/amd64,linux/arm64', '--provenance=true']
  const out = await built(TWO_FILES, 'type=tar', ...platforms)
  const listed = execFileSync('tar', ['-tf', out], { encoding: 'utf8' })
  for (const name of ['linux_amd64/provenance.json', 'linux_arm64/d/b', 'linux_arm64/provenance.json'])
    expect(listed.split('\n')).toContain(name)
  const text = execFileSync('tar', ['-xOf', out, 'linux_arm64/provenance.json'], { encoding: 'utf8' })
  expect(JSON.parse(text)).toMatchObject({ subject: subjects })
  const directory = lstatSync(join(await built(TWO_FILES, 'type=local', ...platforms), 'linux_arm64'))
  expect([directory.mode & 0o7777, directory.mtimeMs]).toEqual([0o755, 1_700_000_000_000])
})

test('the files have the requested names', async () => {
  const named = 'filename=some/p.json'
  const whole = await built(TWO_FILES, 'type=local,attestation-prefix=of-', `--provenance=${named}`)
  expect(readdirSync(whole).sort()).toEqual(['d', 'of-p.json'])
  const dockerfile = 'FROM scratch\nARG TARGETARCH\nCOPY <<a /$TARGETARCH/\na\n'
  const platforms = ['--platform=linux/amd64,linux/arm64', '--provenance=true']
  const together = await built(dockerfile, 'type=local,platform-split=false', ...platforms)
  expect(readdirSync(together).sort()).toEqual([
    'amd64',
    'arm64',
    'provenance.linux_amd64.json',
    'provenance.linux_arm64.json',
  ])
})

test('provenance that is inline only is for images', async () => {
  const inline = '--provenance=inline-only=true'
  expect(readdirSync(await built(TWO_FILES, 'type=local', inline))).toEqual(['d'])
  const indexOf = (layout: string) => JSON.parse(readFileSync(join(layout, 'index.json'), 'utf8')).manifests[0]
  const mediaTypes = []
  for (const provenance of [inline, '--provenance=true']) {
    mediaTypes.push(indexOf(await built(TWO_FILES, 'type=oci,tar=false', provenance)).mediaType)
  }
  expect(mediaTypes).toEqual(['application/vnd.oci.image.manifest.v1+json', 'application/vnd.oci.image.index.v1+json'])
  await built(TWO_FILES, 'type=docker', inline)
})

test('an attestation is not written through a link of the image', async () => {
  writeFileSync(join(room, 'outside'), 'kept')
  const archive = join(room, 'link.tar')
  execFileSync('sh', ['-c', 'ln -s "$0/outside" provenance.json && tar -cf "$1" provenance.json', room, archive], {
    cwd: mkdtempSync(join(room, 'link-')),
  })
  const place = join(room, 'linked')
  const more = ['-f', '-', '-o', `type=local,dest=${place}`, '--provenance=true', '.']
  await tsbuild.with({ input: 'FROM scratch\nADD link.tar /\n' }).ok('build', ...more)
  expect(readFileSync(join(room, 'outside'), 'utf8')).toBe('kept')
  expect(lstatSync(join(place, 'provenance.json')).isFile()).toBe(true)
})
