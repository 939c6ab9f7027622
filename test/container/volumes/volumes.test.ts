import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { parseMountFlag, parseTmpfsFlag, parseVolumeFlag } from '../../../cli/containers/mount-flags.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'
import { addBusybox, createSink, runToEnd, type TestEngine, temporaryContainers } from '../temporary-containers.ts'

let engine: TestEngine
const host = temporaryDirectory('host')
beforeAll(async () => {
  engine = await temporaryContainers()
  await addBusybox(engine.store, 'with-volume', { Cmd: ['true'], Volumes: { '/data': {} } })
  writeFileSync(join(host, 'on-host'), 'host\n')
})

const mounts = (...flags: readonly string[]) => flags.map(parseVolumeFlag)

describe('anonymous volumes', () => {
  test('volumes of -v are stored at volumes/NAME/_data, and writes are visible there immediately', async () => {
    const { containers, store } = engine
    await runToEnd(containers, {
      name: 'anonymous',
      mounts: mounts('/test'),
      command: ['sh', '-c', 'echo kept > /test/file'],
    })
    const [mount] = (await containers.get('anonymous')).mounts
    expect(mount?.name).toMatch(/^[0-9a-f]{64}$/)
    expect(mount?.source).toBe(join(store.root, 'volumes', mount?.name ?? '', '_data'))
    expect(readFileSync(join(mount?.source ?? '', 'file'), 'utf8')).toBe('kept\n')
  })

  test("leave an empty directory in the container's layer", async () => {
    const { directory } = await engine.containers.get('anonymous')
    expect(readdirSync(join(directory, 'upper/test'))).toEqual([])
  })

  test('are removed with the container on request, and kept otherwise', async () => {
    const { containers } = engine
    const [mount] = (await containers.get('anonymous')).mounts
    await containers.remove('anonymous', { volumes: true })
    expect(existsSync(mount?.source ?? '')).toBe(false)
    await runToEnd(containers, { name: 'leaver', mounts: mounts('/test'), command: ['true'] })
    const [left] = (await containers.get('leaver')).mounts
    await containers.remove('leaver')
    expect(existsSync(left?.source ?? '')).toBe(true)
    expect(await containers.volumes.prune()).toMatchObject({ deleted: [left?.name] })
  })

  test('of the image are filled with its content, with owners and modes, and removed with --rm', async () => {
    const { containers } = engine
    const command = ['sh', '-c', 'cat /data/from-image; stat -c "%u:%g %a" /data']
    const { stdout } = await runToEnd(containers, { image: 'with-volume', autoRemove: true, command })
    expect(stdout).toBe('from the image\n0:0 755\n')
    expect(await containers.volumes.list()).toEqual([])
  })
})

describe('a volume shared with volumesFrom', () => {
  const spec = { image: 'busybox', network: 'none', command: ['sleep', '1000'] }

  for (const autoRemove of [false, true]) {
    test(`outlives the container it was created for, ${autoRemove ? 'which removes itself' : 'removed with its volumes'}`, async () => {
      const { containers } = engine
      await containers.run({ ...spec, name: 'first', autoRemove, mounts: mounts('/test') })
      const { mounts: shared } = await containers.create({ ...spec, name: 'second', volumesFrom: ['first'] })
      if (autoRemove) await containers.kill('first')
      else await containers.remove('first', { force: true, volumes: true })
      await expect(containers.get('first')).rejects.toMatchObject({ code: 'CONTAINER_MISSING' })
      expect(existsSync(shared[0]?.source ?? '')).toBe(true)
      await containers.remove('second')
      expect((await containers.volumes.prune()).deleted).toEqual([shared[0]?.name])
    })
  }
})

describe('--mount is a line of CSV, as docker reads it', () => {
  test.each([
    [`type=bind,"source=/a,b",target=/m`, { kind: 'bind', source: '/a,b', target: '/m' }],
    ['TYPE=bind,Source=/a,DST=/m,ReadOnly', { kind: 'bind', source: '/a', target: '/m', readOnly: true }],
  ])('%s', (flag, mount) => {
    expect(parseMountFlag(flag)).toMatchObject(mount)
  })

  test.each([
    ['type=volume,src,target=/m', '"src" has no value'],
    ['type=volume,target=/m,volume-label', '"volume-label" has no value'],
    ['type=bind,"source=/a,target=/m', 'a quote is inside a field or not closed'],
  ])('%s is refused', (flag, reason) => {
    expect(() => parseMountFlag(flag)).toThrow(reason)
  })
})

test('volumes are removed when their container cannot be created', async () => {
  const { containers } = engine
  const before = await containers.volumes.list()
  const making = containers.create({ image: 'busybox', mounts: mounts('/one', '/two'), volumesFrom: ['nobody'] })
  await expect(making).rejects.toMatchObject({ code: 'CONTAINER_MISSING' })
  expect(await containers.volumes.list()).toEqual(before)
})

describe('named volumes', () => {
  test('are filled at first use only, and outlive containers', async () => {
    const { containers } = engine
    const run = (command: string) =>
      runToEnd(containers, { autoRemove: true, mounts: mounts('shared:/data'), command: ['sh', '-c', command] })
    expect((await run('cat /data/from-image; rm /data/from-image; echo mine > /data/mine')).stdout).toBe(
      'from the image\n',
    )
    expect((await run('ls /data')).stdout).toBe('mine\n')
  })

  test('cannot be removed while a container uses them', async () => {
    const { containers } = engine
    await runToEnd(containers, {
      name: 'user',
      mounts: mounts('shared:/data:ro'),
      command: ['sh', '-c', 'echo > /data/x || true'],
    })
    await expect(containers.volumes.remove('shared')).rejects.toMatchObject({ code: 'VOLUME_IN_USE' })
    await containers.remove('user', { volumes: true })
    await containers.volumes.remove('shared')
    await expect(containers.volumes.remove('shared')).rejects.toMatchObject({ code: 'VOLUME_MISSING' })
  })

  test('are filled by only one of several concurrent first users', async () => {
    const { containers } = engine
    const spec = { image: 'busybox', network: 'none', command: ['cat', '/data/from-image'], autoRemove: true }
    const made = Array.from({ length: 4 }, () => containers.create({ ...spec, mounts: mounts('crowded:/data') }))
    for (const { id } of await Promise.all(made)) await containers.remove(id)
    const { mountpoint } = await containers.volumes.get('crowded')
    expect(readdirSync(mountpoint)).toEqual(['from-image'])
    expect(readdirSync(join(engine.store.root, 'volumes')).filter((name) => name.startsWith('.'))).toEqual([])
    await containers.volumes.remove('crowded')
  })

  test('that are empty are filled in place, also where they are mounted', async () => {
    const { containers } = engine
    const command = ['sh', '-c', 'while [ ! -e /tmp/go ]; do sleep 0.05; done; ls /empty; echo x > /empty/own']
    const spec = { image: 'busybox', network: 'none' }
    await containers.run({ ...spec, name: 'writer', mounts: mounts('late:/empty'), command })
    await containers.create({ ...spec, name: 'filler', mounts: mounts('late:/data') })
    await containers.exec('writer', { argv: ['touch', '/tmp/go'] }, { output: () => {} })
    expect(await containers.wait('writer')).toBe(0)
    expect(readdirSync((await containers.volumes.get('late')).mountpoint).sort()).toEqual(['from-image', 'own'])
    for (const name of ['writer', 'filler']) await containers.remove(name)
    await containers.volumes.remove('late')
  })

  test('nocopy leaves a volume empty', async () => {
    const spec = { autoRemove: true, mounts: mounts('bare:/data:nocopy'), command: ['ls', '/data'] }
    expect((await runToEnd(engine.containers, spec)).stdout).toBe('')
  })
})

describe('bind mounts', () => {
  test('show the host directory and are invisible on the host', async () => {
    const spec = {
      autoRemove: true,
      mounts: mounts(`${host}:/host`),
      command: ['sh', '-c', 'cat /host/on-host; echo in > /host/from-inside'],
    }
    expect((await runToEnd(engine.containers, spec)).stdout).toBe('host\n')
    expect(readFileSync(join(host, 'from-inside'), 'utf8')).toBe('in\n')
    expect(readFileSync('/proc/self/mounts', 'utf8')).not.toContain(host)
  })

  test('read-only mounts cannot be written inside', async () => {
    const spec = { autoRemove: true, mounts: mounts(`${host}:/host:ro`), command: ['sh', '-c', 'echo > /host/no'] }
    expect((await runToEnd(engine.containers, spec)).stderr).toContain('Read-only file system')
  })

  test('of a missing source create it with -v, and fail with --mount', async () => {
    const missing = join(host, 'made/here')
    await runToEnd(engine.containers, { autoRemove: true, mounts: mounts(`${missing}:/m`), command: ['true'] })
    expect(statSync(missing).isDirectory()).toBe(true)
    const mount = parseMountFlag(`type=bind,source=${host}/nowhere,target=/m`)
    const running = runToEnd(engine.containers, { mounts: [mount], command: ['true'] })
    await expect(running).rejects.toMatchObject({ exitCode: 125, message: expect.stringContaining('does not exist') })
  })
})

test('a target that is a link in the image is resolved below the root of the container', async () => {
  const { containers, store } = engine
  const outside = join(host, 'outside')
  mkdirSync(outside)
  const draft = await store.layers.draft()
  symlinkSync(outside, join(draft.tree, 'escape'))
  const link = await store.layers.commitTree(draft)
  const base = (await store.images.findAllByReference('docker.io/library/busybox:latest'))[0]
  const chain = [...(base?.chain ?? []), link.id]
  const rootfs = { type: 'layers' as const, diff_ids: await store.layers.diffIds(chain) }
  const image = await store.images.put({ architecture: 'amd64', os: 'linux', config: {}, rootfs }, chain)
  await store.images.tag(image.id, 'docker.io/library/linked:latest')
  const spec = {
    image: 'linked',
    autoRemove: true,
    mounts: mounts('/escape/deeper'),
    command: ['sh', '-c', 'echo x > /escape/deeper/file'],
  }
  await runToEnd(containers, spec)
  expect(readdirSync(outside)).toEqual([])
})

test('a tmpfs option without effect is refused', () => {
  for (const option of ['dev', 'remount', 'huge=always', 'size=', 'size=much', 'mode=9', 'uid=web', 'nr_inodes=-1']) {
    expect(() => parseTmpfsFlag(`/t:size=1m,${option}`)).toThrow(option)
  }
})

test('a tmpfs is noexec, nosuid and nodev unless requested otherwise', async () => {
  const options = ['', ':exec', ':suid,ro', ':exec,noexec,nr_inodes=5,uid=7,gid=8,mode=710,noatime']
  const spec = {
    autoRemove: true,
    mounts: options.map((text, index) => parseTmpfsFlag(`/t${index}${text}`)),
    command: ['sh', '-c', 'grep -o " /t[0-9] tmpfs [^ ]*" /proc/mounts; stat -c "%a %u:%g" /t0 /t3'],
  }
  expect((await runToEnd(engine.containers, spec)).stdout.split('\n')).toEqual([
    ' /t0 tmpfs rw,nosuid,nodev,noexec,relatime',
    ' /t1 tmpfs rw,nosuid,nodev,relatime',
    ' /t2 tmpfs ro,nodev,noexec,relatime',
    ' /t3 tmpfs rw,nosuid,nodev,noexec,noatime,nr_inodes=5,mode=710,uid=7,gid=8',
    '1777 0:0',
    '710 7:8',
    '',
  ])
})

test('a tmpfs has the mode of the directory below it, also after a restart', async () => {
  const { containers } = engine
  const command = ['stat', '-c', '%a', '/root', '/made']
  const mounts = ['/root', '/made'].map(parseTmpfsFlag)
  await containers.create({ image: 'busybox', network: 'none', name: 'modes', mounts, command })
  for (let life = 0; life < 2; life += 1) {
    const stdout = createSink()
    await (await containers.start('modes', { stdout, stderr: createSink() }))?.ended
    expect(stdout.text()).toBe('755\n1777\n')
  }
})

test('options that conflict or belong to another kind of mount are refused', () => {
  for (const flag of [
    '/h:/x:ro,rw',
    '/h:/x:z,Z',
    '/h:/x:nocopy',
    'name:/x:shared',
    '/h:/x:cached,delegated',
    '/h:/x:no',
  ])
    expect(() => parseVolumeFlag(flag)).toThrow('option')
  for (const flag of ['type=tmpfs,src=/a,dst=/x', 'type=bind,src=rel,dst=/x', 'type=bind,src=/a,dst=/x,tmpfs-size=1'])
    expect(() => parseMountFlag(flag)).toThrow(expect.objectContaining({ code: 'CONTAINER_BAD_OPTION' }))
  for (const field of ['readonly=maybe', 'volume-nocopy', 'bind-propagation=all', 'foo'])
    expect(() => parseMountFlag(`type=bind,src=/a,dst=/x,${field}`)).toThrow(field.split('=')[0])
})

test('a mount flag sets labels and options of a new volume', async () => {
  const flag =
    'type=volume,src=labeled,dst=/v,volume-label=a=b,volume-label=c,volume-opt=type=tmpfs,volume-opt=device=tmpfs'
  await runToEnd(engine.containers, { autoRemove: true, mounts: [parseMountFlag(flag)], command: ['true'] })
  expect(await engine.containers.volumes.get('labeled')).toMatchObject({
    labels: { a: 'b', c: '' },
    options: { type: 'tmpfs', device: 'tmpfs' },
  })
})

test('a tmpfs is empty, with its size and mode, and discarded afterwards', async () => {
  const spec = {
    autoRemove: true,
    mounts: [parseTmpfsFlag('/t:size=1m,mode=700')],
    command: ['sh', '-c', 'ls -A /t; df -k /t | tail -1 | awk "{print \\$2}"; stat -c %a /t'],
  }
  expect((await runToEnd(engine.containers, spec)).stdout).toBe('1024\n700\n')
})

test('hundreds of mount points are created', async () => {
  const places = Array.from({ length: 400 }, (_, number) => parseTmpfsFlag(`/${'long-name-'.repeat(10)}${number}`))
  const spec = { autoRemove: true, mounts: places, command: ['grep', '-c', 'long-name', '/proc/mounts'] }
  expect((await runToEnd(engine.containers, spec)).stdout).toBe('400\n')
})
