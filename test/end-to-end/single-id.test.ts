import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, copyFileSync, cpSync, existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { addUser, type TemporaryUser } from '../support/temporary-user.ts'
import { importBusybox } from './bases.ts'
import { createTsbuild } from './tsbuild.ts'

const EPOCH = '1000000000'

/** Every operation with owners that root of a build can do and that has an effect on a layer. */
const DOCKERFILE = `FROM busybox
ARG SOURCE_DATE_EPOCH
COPY theirs.tar /
RUN busybox --install -s /bin
RUN touch f && chown 1000:1000 f && mkdir -p /srv/a && touch /srv/a/b && ln -s b /srv/a/c && chown -R web /srv
COPY --chown=7:8 --chmod=4750 f /copied
RUN mkfifo p && chown 3 p && mknod d c 1 3 && chown 4:5 d && chmod 660 d && mknod b b 7 9
RUN mkdir -m 1777 w && mkdir -m 2775 g && chgrp 44 g && chmod 2777 g && touch g/x && mkdir g/y && mv /srv/a/c w/moved
RUN touch s && chmod 6755 s && chown 9 s
RUN tar -xf /theirs.tar && chown 0:0 f && su web -c "echo x > w/web && mkdir w/webs && ln -s web w/link"
USER web
RUN id -u && cd w && touch t && mkdir u && ln -s t v && echo x > ../g/z && chmod 700 u && mv t moved-t && cp moved-t n
RUN ! touch /denied && ! chown 0 w/n && ! (echo > /etc/passwd)
USER root
RUN rm w/n && chown -h 12:13 w/v && ln -f w/moved-t w/hard
`

let room = ''
let user: TemporaryUser

beforeAll(async () => {
  room = temporaryDirectory('single')
  chmodSync(room, 0o755)
  const context = join(room, 'context')
  mkdirSync(context)
  writeFileSync(join(context, 'f'), 'same\n')
  const theirs = ['--owner=21', '--group=22', '--numeric-owner', `--mtime=@${EPOCH}`]
  execFileSync('tar', [...theirs, '-C', context, '-cf', join(room, 'theirs.tar'), '--transform=s/^f$/theirs/', 'f'])
  cpSync(join(room, 'theirs.tar'), join(context, 'theirs.tar'))
  writeFileSync(join(context, 'Dockerfile'), DOCKERFILE)
  const tsbuild = createTsbuild()
  await importBusybox(tsbuild)
  await tsbuild.ok('save', '-o', join(room, 'base.tar'), 'busybox')
  await tsbuild.close()
  chmodSync(join(room, 'base.tar'), 0o644)
  user = addUser({ hasSubordinateIds: false })
})

function asUser(script: string) {
  const { name, home, program } = user
  const env = `export TSBUILD_ROOT=${home}/store SOURCE_DATE_EPOCH=${EPOCH} XDG_RUNTIME_DIR=${home}`
  const text = `${env}; tsbuild() { ${program} "$@"; }; ${script}`
  return spawnSync('runuser', ['-u', name, '--', 'sh', '-c', text], { encoding: 'utf8', cwd: '/' })
}

function diffIds(archive: string): readonly string[] {
  const read = (name: string): unknown => JSON.parse(execFileSync('tar', ['-xOf', archive, name], { encoding: 'utf8' }))
  const blob = (digest: string) => read(`blobs/${digest.replace(':', '/')}`)
  const [manifest] = (read('index.json') as { manifests: { digest: string }[] }).manifests
  const { config } = blob(manifest?.digest ?? '') as { config: { digest: string } }
  return (blob(config.digest) as { rootfs: { diff_ids: string[] } }).rootfs.diff_ids
}

test('a user with a single ID builds the same layers as root', async () => {
  const words = '--progress=plain -o type=oci,dest=-,rewrite-timestamp=true'
  const built = asUser(
    `tsbuild load -i ${room}/base.tar && tsbuild build ${words} ${room}/context > ${user.home}/out.tar`,
  )
  expect(built.status, built.stderr).toBe(0)
  copyFileSync(join(user.home, 'out.tar'), join(room, 'user.tar'))
  const tsbuild = createTsbuild({ SOURCE_DATE_EPOCH: EPOCH })
  try {
    await tsbuild.ok('load', '-i', join(room, 'base.tar'))
    const output = `type=oci,dest=${join(room, 'root.tar')},rewrite-timestamp=true`
    await tsbuild.ok('build', '-o', output, join(room, 'context'))
  } finally {
    await tsbuild.close()
  }
  expect(diffIds(join(room, 'user.tar'))).toEqual(diffIds(join(room, 'root.tar')))
})

test('containers and exec keep owners too', () => {
  const script = `tsbuild load -i ${room}/base.tar > /dev/null
    tsbuild run -d --network none --name box busybox sh -c 'touch /a; chown 5:6 /a; echo up > /up; sleep 1000' > /dev/null
    for n in $(seq 100); do tsbuild exec box test -e /up && break; sleep 0.2; done
    tsbuild exec box stat -c '%u %g' /a
    tsbuild exec -u web box sh -c 'id -u; echo x > /mine' 2>&1
    tsbuild run --rm --network none -u web busybox id -u
    tsbuild commit box committed > /dev/null && tsbuild rm -f box > /dev/null
    tsbuild run --rm --network none committed stat -c '%u %g' /a`
  const ran = asUser(script)
  expect(ran.stdout).toBe("5 6\n1000\nsh: can't create /mine: Permission denied\n1000\n5 6\n")
})

test('health checks run with owners too', () => {
  const script = `tsbuild load -i ${room}/base.tar > /dev/null
    tsbuild run -d --network none --name ill --health-cmd 'touch /c; chown 7 /c; stat -c %u /c' --health-interval 50ms busybox sleep 1000 > /dev/null
    for n in $(seq 100); do tsbuild ps | grep -q '(healthy)' && break; sleep 0.2; done
    tsbuild inspect --format '{{.State.Health.Status}} {{(index .State.Health.Log 0).Output}}' ill
    tsbuild rm -f ill > /dev/null`
  expect(asUser(script).stdout).toBe('healthy 7\n\n')
})

test('a root user namespace with a single ID records owners too, in a store that real root refuses', async () => {
  const tsbuild = createTsbuild()
  try {
    const words = ['--user', '--map-root-user', user.program, '--root', tsbuild.root]
    const asMapped = (...more: readonly string[]) =>
      spawnSync('unshare', [...words, ...more], {
        encoding: 'utf8',
        input: 'FROM busybox\nRUN touch /a; chown 5:6 /a\n',
      })
    for (const more of [
      ['load', '-i', join(room, 'base.tar')],
      ['build', '-q', '-t', 'owned', '-'],
    ]) {
      expect(asMapped(...more)).toMatchObject({ status: 0 })
    }
    expect(asMapped('save', '-o', join(room, 'owned.tar'), 'owned')).toMatchObject({ status: 0, stderr: '' })
    expect((await tsbuild.run('run', '--rm', 'owned', 'true')).stderr).toContain('only have records of their owners')
    const real = createTsbuild()
    await real.ok('load', '-i', join(room, 'owned.tar'))
    expect(await real.ok('run', '--rm', '--network=none', 'owned', 'stat', '-c', '%u:%g', '/a')).toBe('5:6')
    await real.close()
  } finally {
    await tsbuild.close()
  }
})

test('the process that emulates owners cannot be led out of the sandbox', () => {
  const outside = join(room, 'outside')
  mkdirSync(outside)
  chmodSync(outside, 0o777)
  writeFileSync(join(outside, 'file'), '')
  chmodSync(join(outside, 'file'), 0o666)
  const before = statSync(join(outside, 'file')).ctimeMs
  const steps = [
    `ln -s ${outside} /out`,
    `for n in /out /../../../../..${outside} /proc/1/root${outside} /proc/self/cwd/../../..${outside}; do`,
    'echo x > $n/new; mkdir $n/dir; ln -s x $n/link; mkfifo $n/fifo; chown 3 $n/file; mv $n/file $n/gone; stat $n/file; done',
    'ls -la /proc/1/fd /proc/self/fd',
    'true',
  ]
  const context = join(room, 'attack')
  mkdirSync(context)
  const run = steps.join('; ').replace('do;', 'do ')
  writeFileSync(
    join(context, 'Dockerfile'),
    `FROM busybox\nRUN busybox --install -s /bin\nUSER web\nRUN ${run}\nUSER root\nRUN ${run.replace('/out;', '/o2;')}\n`,
  )
  const ran = asUser(`tsbuild load -i ${room}/base.tar > /dev/null; tsbuild build --progress=plain ${context}`)
  expect(ran.status, ran.stderr).toBe(0)
  for (const name of ['new', 'dir', 'link', 'fifo', 'gone']) expect(existsSync(join(outside, name))).toBe(false)
  expect(statSync(join(outside, 'file')).ctimeMs).toBe(before)
})
