import { chmodSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { createOverlayDirectory, type OverlayDirectory } from '../support/overlay-directory.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { addUser, type TemporaryUser } from '../support/temporary-user.ts'
import { importBusybox } from './bases.ts'
import { LAYERED } from './layer-changes.ts'
import { createTsbuild, createTsbuildOf, type Tsbuild } from './tsbuild.ts'

/**
 * The store is on an overlay, as in a privileged container: namespaces and mounts are allowed, further overlays are
 * not.
 */
let overlay: OverlayDirectory
let user: TemporaryUser
let copying: Tsbuild
let singleId: Tsbuild
let usual: Tsbuild
let room: string

beforeAll(async () => {
  overlay = createOverlayDirectory()
  user = addUser({ hasSubordinateIds: false })
  copying = createTsbuild({ TSBUILD_ROOT: join(overlay.path, 'root') })
  singleId = createTsbuildOf(user, { TSBUILD_ROOT: join(overlay.path, 'lone') })
  usual = createTsbuild()
  room = temporaryDirectory('copied')
  chmodSync(room, 0o755)
  mkdirSync(join(room, 'given'))
  writeFileSync(join(room, 'given/file'), 'from the context\n')
  writeFileSync(join(room, 'secret'), 'hidden\n')
  for (const tsbuild of [copying, singleId, usual]) await importBusybox(tsbuild)
})

async function build(tsbuild: Tsbuild, dockerfile: string, ...flags: string[]) {
  writeFileSync(join(room, 'Dockerfile'), dockerfile)
  return tsbuild.run('build', '--progress=plain', '--no-cache', ...flags, room)
}

async function output(dockerfile: string, ...flags: string[]): Promise<string> {
  const { exitCode, stderr } = await build(copying, dockerfile, ...flags)
  expect(exitCode, stderr).toBe(0)
  return stderr
}

test('doctor names the mode and the reason, and reports that builds are possible', async () => {
  const { stdout, exitCode } = await copying.run('doctor')
  expect(stdout).toMatch(
    /\[warn\] isolation of steps: in namespaces, over a copy of their layers.*the store itself is on/,
  )
  expect(exitCode).toBe(0)
})

test('a build warns once that steps work in copies', async () => {
  const log = await output('FROM busybox\nRUN echo once\nRUN echo twice\n')
  expect(log.match(/No overlay can be mounted/g)).toHaveLength(1)
})

test('a container works in a copy of its image, and diff works as in the other modes', async () => {
  const changing =
    'echo 1 > /new; rm -r /root; chmod 700 /tmp; mkdir /var/x; chown 5:6 /etc/group; chown -h 7:8 /bin/sh'
  const lived = async (tsbuild: Tsbuild) => {
    const run = ['run', '--network=none', '--volume=/data', '--name=changing', 'busybox', 'sh', '-c', changing]
    const { exitCode, stderr } = await tsbuild.run(...run)
    expect(exitCode, stderr).toBe(0)
    const before = await tsbuild.ok('diff', 'changing')
    await tsbuild.ok('commit', 'changing', 'changed')
    await tsbuild.ok('cp', join(room, 'secret'), 'changing:/copied')
    const show = "stat -c '%n %u:%g %a' /new /tmp /etc /etc/group /bin/sh; ls /"
    return {
      before,
      after: await tsbuild.ok('diff', 'changing'),
      again: await tsbuild.ok('run', '--rm', '--network=none', '--read-only', 'changed', 'sh', '-c', show),
      read: (await tsbuild.run('cp', 'changing:/new', '-')).exitCode,
      started: (await tsbuild.run('start', '--attach', 'changing')).stderr,
    }
  }
  const [expected, ...others] = await Promise.all([usual, copying, singleId].map(lived))
  expect(expected?.after.split('\n')).toEqual([...(expected?.before.split('\n') ?? []), 'A /copied'].toSorted(byPath))
  expect(others).toEqual([expected, expected])
})

function byPath(one: string, other: string): number {
  return one.slice(2) < other.slice(2) ? -1 : 1
}

test.each(LAYERED)('layers have the same diff IDs as those of an overlay: %s', async (_, dockerfile, timed) => {
  const diffIds = async (tsbuild: Tsbuild) => {
    const { exitCode, stderr } = await build(tsbuild, dockerfile, '-t', 'changes')
    expect(exitCode, stderr).toBe(0)
    const layers = await tsbuild.ok('image', 'inspect', '--format', '{{json .RootFS.Layers}}', 'changes')
    const own = (JSON.parse(layers) as string[]).slice(1) // the base has the time of its import
    return own.filter((_, layer) => !timed.includes(layer))
  }
  const [expected, ...others] = await Promise.all([usual, copying, singleId].map(diffIds))
  expect(others).toEqual([expected, expected])
})

test('a step is as confined as with an overlay', async () => {
  const shown = async (tsbuild: Tsbuild) => {
    const dockerfile = `FROM busybox
RUN grep -e Cap -e NoNewPrivs -e Seccomp: /proc/self/status; echo "pid $$"; hostname; id; echo /proc/[0-9]*
RUN --network=none cat /proc/net/dev | grep -c :
RUN mount -t tmpfs none /mnt; umount /proc; umount /etc/hosts; mknod /disk b 254 0 && head -c 1 /disk; true
RUN cat /proc/self/mountinfo | while read a b c d place rest; do echo "at $place"; done
`
    const { exitCode, stderr } = await build(tsbuild, dockerfile)
    expect(exitCode, stderr).toBe(0)
    return stderr.split('\n').flatMap((line) => /^#\d+ \d+\.\d+ (.*)/.exec(line)?.[1] ?? [])
  }
  expect(await shown(copying)).toEqual(await shown(usual))
})

test('mounts have the same content as in the other modes, and leave nothing in the layer', async () => {
  const log = await output(
    `FROM busybox AS made
RUN mkdir /d && echo "from a stage" > /d/made && ln -s d /l
FROM busybox
RUN --mount=type=bind,source=given,target=/b --mount=type=bind,from=made,source=/l,target=/m \\
  cat /b/file /m/made && ! touch /b/new 2>/dev/null && ! touch /m/made 2>/dev/null
RUN --mount=type=bind,source=given,target=/b,rw --mount=type=bind,from=made,source=/d/made,target=/made,rw \\
  echo changed > /b/file && echo changed > /made
RUN --mount=type=secret,id=s --mount=type=cache,id=c,target=/c,mode=0700,uid=5 cat /run/secrets/s && stat -c 'cache %a %u' /c && echo kept > /c/file
RUN --mount=type=cache,id=c,target=/c,mode=0700,uid=5 --mount=type=cache,id=c,target=/d,ro,mode=0700,uid=5 cat /c/file /d/file && ! touch /d/new 2>/dev/null
RUN --mount=type=tmpfs,target=/t,size=1m echo x > /t/x
RUN ls / | grep -x -e b -e m -e made -e c -e d -e t -e run -e proc -e dev || echo "nothing left"
`,
    '--secret',
    `id=s,src=${join(room, 'secret')}`,
  )
  for (const line of ['from the context', 'from a stage', 'hidden', 'cache 700 5', 'kept'])
    expect(log).toMatch(new RegExp(`^#\\d+ [\\d.]+ ${line}$`, 'm'))
})

test('mount points that a step replaces with links do not lead outside', async () => {
  const victim = join(room, 'victim')
  mkdirSync(victim)
  const evil = `FROM busybox AS evil
RUN ln -s ${room} /out && ln -s ${victim} /c
FROM evil
`
  await output(`${evil}
RUN --mount=type=cache,id=replaced,target=/c echo mine > /c/file
RUN mv /etc /moved && ln -s ${victim} /etc
RUN true
`)
  const { stderr, exitCode } = await build(
    copying,
    `${evil}RUN --mount=type=bind,from=evil,source=/out,target=/b ls /b`,
  )
  expect(stderr).toContain('Cannot mount "out": not found in the source')
  expect(exitCode).not.toBe(0)
  expect(readdirSync(victim)).toEqual([])
})

test('a directory moved by a step keeps nothing of the mounts in it', async () => {
  const log = await output(`FROM busybox
RUN mkdir -p /run && mv /etc /moved && mkdir /etc && mv /run /away
RUN echo /moved/* /away/* /etc/*
`)
  expect(log).toMatch(/^#\d+ [\d.]+ \/moved\/group \/moved\/passwd \/away\/\* \/etc\/hosts \/etc\/resolv.conf$/m)
})
