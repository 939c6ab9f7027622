import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, chownSync, linkSync, mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { createJobContainer, type JobContainer } from '../support/job-container.ts'
import { createOverlayDirectory, type OverlayDirectory } from '../support/overlay-directory.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { addUser, type TemporaryUser } from '../support/temporary-user.ts'
import { importBusybox } from './bases.ts'
import { createTsbuild, createTsbuildOf, createTsbuildUnder, type Tsbuild } from './tsbuild.ts'

/**
 * Digests that this build has had on every machine. They change if the bytes that users get change: the content of
 * layers or the configuration, or the compression of layers.
 */
const GOLDEN = {
  /** BuildKit 0.34 computes the same image ID. */
  config: 'sha256:6a76534ae20d9e3f4b62d240615b77e7cde84a30bea1ce81c28123d5de6e87a3',
  gzip: 'sha256:8f8deb1c76192490a50864c5adbc0bd9f2e1d2daaf944849f0aa51acf459123c',
  zstd: 'sha256:1144b2ccf9ff408818589a0974327051eaf8f2573d3efa1df6a2fae02cf36716',
}

/**
 * All inputs are in this file: the steps use the commands of the base, whose version has no influence on the result.
 */
const DOCKERFILE = `FROM --platform=$BUILDPLATFORM busybox AS made
WORKDIR /out/deep
RUN <<END
  set -e
  printf 'made\\n' > file
  chown 12:13 file
  chmod 6755 file
  ln file hard
  ln -s ../nowhere soft
  mkdir -m 1777 open
  touch -d @900000000 open/old
  touch -d @900000000 open
  mkdir gone && rm -r gone
END

FROM scratch AS files
COPY --chown=3:4 --chmod=750 text /text
ADD archive.tar /unpacked/
COPY <<END <<OTHER /heredocs/
one
END
two
OTHER

FROM files
ARG SOURCE_DATE_EPOCH
LABEL epoch=$SOURCE_DATE_EPOCH zeta=1 alpha=2
ENV B=2 A=1
WORKDIR /work/deep
COPY . /context/
COPY --from=made /out /made
COPY --link --from=made /out/deep/file /work/deep/
COPY text /context/
COPY . /context/
COPY text /made/deep/open/
COPY --parents folder/linked /made/
VOLUME /data /cache
EXPOSE 80/tcp 53/udp
HEALTHCHECK --interval=5s CMD ["true"]
USER 12:13
STOPSIGNAL SIGINT
ENTRYPOINT ["/made/deep/file"]
CMD ["a", "b"]
`

let user: TemporaryUser
let singleIdUser: TemporaryUser
let container: JobContainer
let overlay: OverlayDirectory
let room: string

beforeAll(() => {
  user = addUser()
  singleIdUser = addUser({ hasSubordinateIds: false })
  container = createJobContainer()
  overlay = createOverlayDirectory()
  room = temporaryDirectory('golden')
  chmodSync(room, 0o755)
  writeContext(join(room, 'context'))
})

test.each([
  ['root', () => createTsbuild(environment)],
  ['root, with steps in a user namespace', () => createTsbuild(environment), '--userns=auto'],
  ['a user with subordinate ids', () => createTsbuildOf(user, environment)],
  ['a user with a single id', () => createTsbuildOf(singleIdUser, environment)],
  ['root, the store on an overlay', () => createTsbuild({ ...environment, TSBUILD_ROOT: storeOf('root') })],
  [
    'a user with subordinate ids, the store on an overlay',
    () => createTsbuildOf(user, { ...environment, TSBUILD_ROOT: storeOf('user') }),
  ],
  [
    'a user with a single id, the store on an overlay',
    () => createTsbuildOf(singleIdUser, { ...environment, TSBUILD_ROOT: storeOf('lone') }),
  ],
  ['root of a container that allows no namespaces', () => createTsbuildUnder(container, environment)],
])('every machine builds the same bytes at any time: as %s', async (_, create, ...flags: string[]) => {
  const tsbuild = create()
  try {
    await importBusybox(tsbuild)
    const gzip = await build(tsbuild, 'gzip', flags)
    const zstd = await build(tsbuild, 'zstd', flags)
    expect({ config: gzip.config, gzip: gzip.manifest, zstd: zstd.manifest }).toEqual(GOLDEN)
  } finally {
    await tsbuild.close()
  }
})

const environment = { SOURCE_DATE_EPOCH: '1000000000' }

function storeOf(name: string): string {
  return join(overlay.path, name)
}

async function build(tsbuild: Tsbuild, compression: 'gzip' | 'zstd', flags: readonly string[]) {
  const archive = join(tsbuild.root, '..', `${compression}.tar`)
  const output = `type=oci,dest=${archive},rewrite-timestamp=true,compression=${compression}`
  await tsbuild.ok('build', '--platform=linux/amd64', ...flags, '-o', output, join(room, 'context'))
  const read = (name: string): unknown => JSON.parse(execFileSync('tar', ['-xOf', archive, name], { encoding: 'utf8' }))
  const { manifests } = read('index.json') as { manifests: { digest: string }[] }
  const manifest = manifests[0]?.digest ?? ''
  const { config } = read(`blobs/${manifest.replace(':', '/')}`) as { config: { digest: string } }
  return { manifest, config: config.digest }
}

/**
 * Times before and after the epoch, modes independent of the umask, owners that a context cannot have, and enough data
 * for several compressed parts.
 */
function writeContext(context: string): void {
  mkdirSync(join(context, 'folder'), { recursive: true })
  writeFileSync(join(context, 'Dockerfile'), DOCKERFILE)
  writeFileSync(join(context, '.dockerignore'), 'ignored\n')
  writeFileSync(join(context, 'ignored'), 'ignored\n')
  writeFileSync(join(context, 'text'), 'text\n')
  writeFileSync(join(context, 'folder/old'), 'old\n')
  writeFileSync(join(context, 'folder/large'), incompressible(3 << 20))
  linkSync(join(context, 'folder/old'), join(context, 'folder/linked'))
  symlinkSync('old', join(context, 'folder/link'))
  const archive = ['--format=ustar', '--mtime=@900000001', '--owner=21', '--group=22', '--numeric-owner', '--mode=640']
  execFileSync('tar', [...archive, '-C', context, '-cf', join(context, 'archive.tar'), 'text'])
  for (const name of ['Dockerfile', '.dockerignore', 'text', 'archive.tar', 'folder/large'])
    chmodSync(join(context, name), 0o644)
  chmodSync(join(context, 'folder/old'), 0o4755)
  for (const name of ['folder', '.']) chmodSync(join(context, name), 0o755)
  for (const name of ['folder/old', 'folder', '.']) utimesSync(join(context, name), 900_000_000, 900_000_000)
  chownSync(join(context, 'text'), 1234, 1234)
}

function incompressible(sizeBytes: number): Buffer {
  const parts = Array.from({ length: sizeBytes / 32 }, (_, number) => createHash('sha256').update(`${number}`).digest())
  return Buffer.concat(parts)
}
