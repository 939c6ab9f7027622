import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { importBusybox } from './bases.ts'
import { createTsbuild, type Tsbuild } from './tsbuild.ts'

let room = ''
let tsbuild: Tsbuild

const DOCKERFILE = `FROM busybox
COPY <<EOF /etc/os-release
ID=debian
VERSION_ID="12"
EOF
COPY <<EOF /var/lib/dpkg/status
Package: libc6
Status: install ok installed
Architecture: amd64
Version: 2.36-9

EOF
RUN mkdir -p /app/node_modules/a && echo '{"name":"a","version":"1.0.0","license":"ISC"}' > /app/node_modules/a/package.json
`

beforeAll(async () => {
  room = temporaryDirectory('sbom')
  tsbuild = createTsbuild()
  await importBusybox(tsbuild)
  const build = tsbuild.with({ input: DOCKERFILE })
  await build.ok('build', '--build-arg', 'SOURCE_DATE_EPOCH=1700000000', '-t', 'app:1', '-')
})

test('an SPDX document describes the image and its packages, and is the same each time', async () => {
  const text = await tsbuild.ok('sbom', 'app:1')
  const document = JSON.parse(text)
  expect(document).toMatchObject({
    spdxVersion: 'SPDX-2.3',
    name: 'app:1',
    creationInfo: { created: '2023-11-14T22:13:20Z', creators: [expect.stringMatching(/^Tool: tsbuild-/)] },
    packages: [
      { name: 'app:1', primaryPackagePurpose: 'CONTAINER' },
      {
        externalRefs: [
          { referenceType: 'purl', referenceLocator: 'pkg:deb/debian/libc6@2.36-9?arch=amd64&distro=debian-12' },
        ],
      },
      {
        licenseDeclared: 'ISC',
        externalRefs: [{ referenceType: 'purl', referenceLocator: 'pkg:npm/a@1.0.0' }],
      },
    ],
  })
  expect(document.packages).toHaveLength(3)
  expect(document.relationships).toHaveLength(3)
  expect(await tsbuild.ok('sbom', 'app:1')).toBe(text)
})

test('a CycloneDX document is written to a file', async () => {
  const file = join(room, 'bom.json')
  expect(await tsbuild.ok('sbom', '--format', 'cyclonedx-json', '-o', file, 'app:1')).toBe('')
  expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    metadata: { component: { type: 'container', name: 'app:1' }, timestamp: '2023-11-14T22:13:20Z' },
    components: [
      { type: 'operating-system', name: 'debian', version: '12' },
      { purl: 'pkg:deb/debian/libc6@2.36-9?arch=amd64&distro=debian-12' },
      { purl: 'pkg:npm/a@1.0.0', licenses: [{ expression: 'ISC' }] },
    ],
  })
})

test('unreadable files cause a warning, and are listed in the document', async () => {
  const input = 'FROM app:1\nRUN mkdir -p /var/lib/rpm && echo x > /var/lib/rpm/Packages\n'
  await tsbuild.with({ input }).ok('build', '-t', 'odd', '-')
  const { stdout, stderr, exitCode } = await tsbuild.run('sbom', 'odd')
  expect(exitCode).toBe(0)
  expect(stderr).toBe('WARNING: Cannot read "/var/lib/rpm/Packages": it is not a Berkeley DB\n')
  expect(JSON.parse(stdout).annotations).toMatchObject([{ comment: expect.stringContaining('/var/lib/rpm/Packages') }])
})

test('a missing image, and an output file that cannot be written, are reported', async () => {
  const missing = await tsbuild.run('sbom', 'ap:1')
  expect([missing.exitCode, missing.stderr]).toEqual([1, expect.stringContaining('Did you mean "app:1"?')])
  const unwritable = await tsbuild.run('sbom', 'app:1', '-o', join(room, 'no/bom.json'))
  expect([unwritable.exitCode, unwritable.stderr]).toEqual([73, expect.stringContaining('no such file or directory')])
})
