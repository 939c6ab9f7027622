import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { addUser, type TemporaryUser } from '../support/temporary-user.ts'
import { importBusybox } from './bases.ts'
import { createTsbuild } from './tsbuild.ts'

const EPOCH = '1000000000'

/** Everything that leaves times behind: copies, owners, modes, links, deletions, directories in several layers. */
const DOCKERFILE = `FROM busybox
ARG SOURCE_DATE_EPOCH
WORKDIR /work/deep
COPY file /file
COPY --chown=3:4 --chmod=4750 file /work/
RUN echo $SOURCE_DATE_EPOCH > made && chown 12:13 made && chmod 2755 made && ln made hard && ln -s made soft
RUN rm /etc/group && mkdir -p /etc/d && touch /work
`

let room = ''
let base = ''
let user: TemporaryUser

beforeAll(async () => {
  room = temporaryDirectory('reproducible')
  chmodSync(room, 0o755)
  const context = join(room, 'context')
  mkdirSync(context)
  writeFileSync(join(context, 'Dockerfile'), DOCKERFILE)
  writeFileSync(join(context, 'file'), 'same\n')
  base = join(room, 'base.tar')
  const tsbuild = createTsbuild()
  await importBusybox(tsbuild)
  await tsbuild.ok('save', '-o', base, 'busybox')
  await tsbuild.close()
  chmodSync(base, 0o644)
  user = addUser()
})

const ARGUMENTS = ['--progress=plain', '-o', 'type=oci,dest=-,rewrite-timestamp=true']

async function buildOnNewStore(fileTime: number): Promise<string> {
  const tsbuild = createTsbuild({ SOURCE_DATE_EPOCH: EPOCH })
  try {
    await tsbuild.ok('load', '-i', base)
    utimesSync(join(room, 'context/file'), fileTime, fileTime)
    const output = join(room, `${fileTime}.tar`)
    await tsbuild.ok('build', '-o', `type=oci,dest=${output},rewrite-timestamp=true`, join(room, 'context'))
    return manifestOf(output)
  } finally {
    await tsbuild.close()
  }
}

function manifestOf(archive: string): string {
  const index: unknown = JSON.parse(execFileSync('tar', ['-xOf', archive, 'index.json'], { encoding: 'utf8' }))
  const [manifest] = (index as { manifests: { digest: string }[] }).manifests
  return manifest?.digest ?? ''
}

/** With a store in the user's home directory. */
function buildAsUser(): string {
  const { name, home, program } = user
  const script = `export TSBUILD_ROOT=${home}/store SOURCE_DATE_EPOCH=${EPOCH} XDG_RUNTIME_DIR=${home}
    ${program} load -i ${base} && ${program} build ${ARGUMENTS.join(' ')} ${join(room, 'context')} > ${home}/out.tar`
  const ran = spawnSync('runuser', ['-u', name, '--', 'sh', '-c', script], { encoding: 'utf8', cwd: '/' })
  if (ran.status !== 0) throw new Error(ran.stderr)
  copyFileSync(join(home, 'out.tar'), join(room, 'user.tar'))
  return manifestOf(join(room, 'user.tar'))
}

test('the same input produces the same image in two stores, at two times, as root and as another user', async () => {
  const first = await buildOnNewStore(1_700_000_000)
  expect(first).toMatch(/^sha256:[0-9a-f]{64}$/)
  expect(await buildOnNewStore(1_800_000_000)).toBe(first)
  expect(buildAsUser()).toBe(first)
})

test('files in a tar archive have the date of SOURCE_DATE_EPOCH, including older files and those of the base', async () => {
  const tsbuild = createTsbuild({ SOURCE_DATE_EPOCH: EPOCH })
  try {
    await tsbuild.ok('load', '-i', base)
    utimesSync(join(room, 'context/file'), 900_000_000, 900_000_000)
    const output = join(room, 'files.tar')
    await tsbuild.ok('build', '-o', `type=tar,dest=${output}`, join(room, 'context'))
    const listing = execFileSync('tar', ['--full-time', '--utc', '-tvf', output], { encoding: 'utf8' })
    expect(listing).toMatch(/2001-09-09 01:46:40 work\/deep\/made/)
    expect(listing.match(/ 2001-09-09 01:46:40 /g)).toHaveLength(listing.trim().split('\n').length)
  } finally {
    await tsbuild.close()
  }
})

test('compressed layers have the same bytes each time', async () => {
  const context = mkdtempSync(join(room, 'large-'))
  writeFileSync(join(context, 'Dockerfile'), 'FROM scratch\nCOPY large /\n')
  writeFileSync(join(context, 'large'), readFileSync(process.execPath))
  const manifests = []
  for (const compression of ['gzip', 'gzip', 'zstd', 'zstd']) {
    const tsbuild = createTsbuild({ SOURCE_DATE_EPOCH: EPOCH })
    try {
      const output = join(room, 'large.tar')
      await tsbuild.ok('build', '-o', `type=oci,dest=${output},compression=${compression}`, context)
      manifests.push(manifestOf(output))
    } finally {
      await tsbuild.close()
    }
  }
  expect(manifests[1]).toBe(manifests[0])
  expect(manifests[3]).toBe(manifests[2])
})

test('rewrite-timestamp without SOURCE_DATE_EPOCH is refused with a hint', async () => {
  const tsbuild = createTsbuild({ SOURCE_DATE_EPOCH: '' })
  try {
    await importBusybox(tsbuild)
    const output = `type=oci,dest=${join(room, 'never.tar')},rewrite-timestamp=true`
    const { exitCode, stderr } = await tsbuild.run('build', '-o', output, join(room, 'context'))
    expect(exitCode).not.toBe(0)
    expect(stderr).toContain('Cannot rewrite timestamps: no date is set (expected SOURCE_DATE_EPOCH)')
    const wrong = await tsbuild.run('build', '--build-arg', 'SOURCE_DATE_EPOCH=soon', join(room, 'context'))
    expect(wrong.stderr).toContain('Cannot use SOURCE_DATE_EPOCH "soon"')
  } finally {
    await tsbuild.close()
  }
})
