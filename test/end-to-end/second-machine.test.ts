import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, utimesSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { type GhaCacheService, startGhaCacheService } from '../support/gha-cache-service.ts'
import { type GitServer, startGitServer } from '../support/git-server.ts'
import { startBucket } from '../support/start-bucket.ts'
import { type RunningRegistry, startRegistry } from '../support/start-registry.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { importBusybox } from './bases.ts'
import { createTsbuild, type Tsbuild } from './tsbuild.ts'

/** Steps write different content each time they run: equal digests prove that no step ran again. */
const DOCKERFILE = `ARG BASE
FROM --platform=$BUILDPLATFORM $BASE AS tools
ARG VERSION=0
ENV NAME=value
WORKDIR /src
COPY --chmod=640 package.json ./
COPY --chown=1000:1000 --exclude=*.md src src/
RUN --mount=type=bind,source=mounted.txt,target=/mnt/a cat /mnt/a /proc/sys/kernel/random/uuid > /unique
RUN --mount=type=secret,id=token --mount=type=cache,target=/cache test -s /run/secrets/token && echo $VERSION > /version
RUN <<EOF
echo heredoc
cat /proc/sys/kernel/random/uuid > /heredoc
EOF
COPY <<EOF /inline.txt
text of $NAME
EOF
USER web
RUN --network=none id

FROM --platform=$BUILDPLATFORM $BASE AS data
ARG FILES
ARG GIT
ADD $FILES/file.bin /data/
ADD $GIT/project.git#main /project
ADD packed.tar.gz /unpacked
RUN --mount=type=bind,from=tools,target=/tools cat /tools/unique /data/file.bin > /copied

FROM --platform=$BUILDPLATFORM $BASE AS short
RUN cat /proc/sys/kernel/random/uuid > /short

FROM --platform=$BUILDPLATFORM $BASE AS unused
RUN false

FROM scratch
ARG TARGETARCH
COPY --from=tools --link /unique /version /heredoc /inline.txt /
COPY --from=tools /src /src
COPY --from=short /short /s/
COPY --from=data /copied /project/file /unpacked /data/
COPY per-platform.$TARGETARCH /platform
LABEL arch=$TARGETARCH
CMD ["/bin/true"]
`
const STEPS = 19
const TOKEN = 'a token of a job'

let room: string
let registry: RunningRegistry
let service: GhaCacheService
let git: GitServer
let files: Server
let first: Tsbuild
let bucket: string
const machines: Tsbuild[] = []

beforeAll(async () => {
  room = temporaryDirectory('second-machine')
  registry = await startRegistry()
  service = await startGhaCacheService(TOKEN)
  bucket = (await startBucket()).cache()
  files = createServer((_, response) => response.end('downloaded'))
  await new Promise<void>((resolve) => files.listen(0, '127.0.0.1', resolve))
  mkdirSync(join(room, 'git'))
  makeProject(join(room, 'git'))
  git = await startGitServer(join(room, 'git'))
  first = machine()
  await importBusybox(first)
  await first.ok('tag', 'busybox', `${registry.host}/base`)
  await first.ok('push', `${registry.host}/base`)
})

/** A machine with an empty store. */
function machine(): Tsbuild {
  const made = createTsbuild({ ACTIONS_RUNTIME_TOKEN: TOKEN, ACTIONS_RESULTS_URL: service.url, TOKEN: 'secret' })
  machines.push(made)
  return made
}

function makeProject(directory: string): void {
  const work = join(directory, 'work')
  const run = (...words: string[]) => execFileSync('git', ['-C', work, ...words])
  mkdirSync(work)
  run('init', '-q', '-b', 'main')
  writeFileSync(join(work, 'file'), 'of git\n')
  run('add', '.')
  run('-c', 'user.name=a', '-c', 'user.email=a@example.com', 'commit', '-q', '-m', 'first')
  execFileSync('git', ['clone', '-q', '--bare', work, join(directory, 'project.git')])
}

/** The same files in another directory with other times, as in a fresh clone. */
function checkout(mtimeSeconds: number, dockerfile = DOCKERFILE): string {
  const directory = mkdtempSync(join(room, 'checkout-'))
  mkdirSync(join(directory, 'src/deep'), { recursive: true })
  const texts = {
    Dockerfile: dockerfile,
    'package.json': '{}',
    'src/a.js': 'a',
    'src/b.md': 'b',
    'src/deep/c.js': 'c',
    'mounted.txt': 'mounted',
    'per-platform.amd64': 'amd64',
    'per-platform.arm64': 'arm64',
  }
  for (const [name, text] of Object.entries(texts)) writeFileSync(join(directory, name), text)
  execFileSync('tar', ['-C', join(directory, 'src'), '--mtime=@1000', '-czf', join(directory, 'packed.tar.gz'), 'a.js'])
  for (const name of [...Object.keys(texts), 'packed.tar.gz', 'src', 'src/deep', '.'])
    utimesSync(join(directory, name), mtimeSeconds, mtimeSeconds)
  return directory
}

async function build(on: Tsbuild, context: string, ...flags: string[]) {
  const { port } = files.address() as AddressInfo
  const args = {
    BASE: `${registry.host}/base`,
    VERSION: '7',
    FILES: `http://127.0.0.1:${port}`,
    GIT: `http://${git.host}`,
  }
  const { exitCode, stderr } = await on.run(
    ...['build', '--progress=plain', '--push', '-t', `${registry.host}/app`, '--platform=linux/amd64,linux/arm64'],
    ...['--secret=id=token,env=TOKEN', ...Object.entries(args).map(([name, value]) => `--build-arg=${name}=${value}`)],
    ...[...flags, context],
  )
  expect(exitCode, stderr).toBe(0)
  const steps = [...stderr.matchAll(/^#(\d+) (\[.*\] (?:RUN|COPY|ADD|WORKDIR).*)$/gm)]
  const names = new Set(steps.map(([, , name = '']) => name))
  // ADD from a remote source is two steps with the same name: one that resolves it, and one that adds it.
  for (const [, number, name = ''] of steps) if (stderr.includes(`\n#${number} CACHED\n`)) names.delete(name)
  const stepCount = new Set(steps.map(([, , name]) => name)).size
  return { stderr, ran: [...names], stepCount, digest: /Pushed .*@(sha256:\w+)/.exec(stderr)?.[1] }
}

const inRegistry = (tag: string) => `type=registry,ref=${registry.host}/cache:${tag}`
const caches: readonly [string, () => readonly [to: string, from: string]][] = [
  ['a registry, mode=max', () => [`${inRegistry('max')},mode=max`, inRegistry('max')]],
  ['a registry, mode=min', () => [`${inRegistry('min')},mode=min`, inRegistry('min')]],
  ['a layout, mode=max', () => [`type=local,dest=${room}/max,mode=max`, `type=local,src=${room}/max`]],
  ['a layout, mode=min', () => [`type=local,dest=${room}/min,mode=min`, `type=local,src=${room}/min`]],
  ['a bucket, mode=max', () => [`${bucket},name=max,mode=max`, `${bucket},name=max`]],
  ['a bucket, mode=min', () => [`${bucket},name=min,mode=min`, `${bucket},name=min`]],
  ["GitHub's service, mode=max", () => ['type=gha,scope=max,mode=max', 'type=gha,scope=max']],
  ["GitHub's service, mode=min", () => ['type=gha,scope=min,mode=min', 'type=gha,scope=min']],
  ['the image itself', () => ['type=inline', `type=registry,ref=${registry.host}/app`]],
]

test.each(caches)('a second machine rebuilds nothing with a cache in %s', async (name, places) => {
  const [to, from] = places()
  const one = await build(first, checkout(1_000_000_000), '--cache-to', to)
  const second = machine()
  const again = to === 'type=inline' ? ['--cache-to', to] : []
  const two = await build(second, checkout(1_500_000_000), '--cache-from', from, ...again)
  expect(two.ran, two.stderr).toEqual([])
  expect(two.stepCount).toBe(STEPS)
  expect(two.digest).toBe(one.digest)

  // A new step reads the result of another stage: only mode=max has its layers.
  const more = `${DOCKERFILE}COPY --from=short /short /more\n`
  const three = await build(second, checkout(1_600_000_000, more), '--cache-from', from)
  expect(
    three.ran.every((step) => step.endsWith('/more')),
    three.stderr,
  ).toBe(true)
  const warnings = three.stderr.match(/CacheLayerLost: .*/g) ?? []
  if (name.includes('mode=max')) expect(warnings).toEqual([])
  else expect(warnings).toEqual([expect.stringContaining('steps without their layers, as with mode=min')])
})

test('several caches are written and read at once', async () => {
  const layout = `type=local,dest=${room}/several`
  await build(first, checkout(1_000_000_000), '--cache-to', layout, '--cache-to', `${inRegistry('several')},mode=max`)
  const empty = mkdtempSync(join(room, 'empty-'))
  const sources = [`type=local,src=${empty}`, `type=local,src=${room}/several`, inRegistry('several')]
  const { ran, stderr } = await build(
    machine(),
    checkout(1_500_000_000),
    ...sources.flatMap((one) => ['--cache-from', one]),
  )
  expect(ran, stderr).toEqual([])
})
