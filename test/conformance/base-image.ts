import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { type RawEntry, rawTar } from '../support/raw-tar.ts'

/** Properties of the base image that both builders use. */
export const BASE = 'conformance/base:1'

const passwd = 'root:x:0:0:root:/root:/bin/sh\nweb:x:1000:1001:web:/home/web:/bin/sh\nalone:x:1234:1234::/:/bin/sh\n'
const group = 'root:x:0:\nstaff:x:50:web\nweb:x:1001:\nalone:x:1234:\nextra:x:2000:web,alone\n'

/** Debian's static busybox with a few users, as an archive that both builders load. */
export function baseArchive(): Buffer {
  const layer = rawTar(baseEntries())
  const config = Buffer.from(
    JSON.stringify({
      architecture: 'amd64',
      os: 'linux',
      created: '2001-09-09T01:46:40Z',
      config: { Env: ['PATH=/bin:/usr/bin', 'FROM_BASE=base value'], Cmd: ['sh'] },
      rootfs: { type: 'layers', diff_ids: [`sha256:${sha256(layer)}`] },
      history: [{ created: '2001-09-09T01:46:40Z', created_by: 'conformance base' }],
    }),
  )
  const manifest = [{ Config: `${sha256(config)}.json`, RepoTags: [BASE], Layers: ['base/layer.tar'] }]
  return rawTar([
    { name: `${sha256(config)}.json`, data: config },
    { name: 'base', type: '5', mode: 0o755 },
    { name: 'base/layer.tar', data: layer },
    { name: 'base/VERSION', data: '1.0' },
    { name: 'base/json', data: '{"id":"base"}' },
    { name: 'manifest.json', data: JSON.stringify(manifest) },
  ])
}

function baseEntries(): RawEntry[] {
  const directory = (name: string, mode = 0o755): RawEntry => ({ name, type: '5', mode })
  const applets = execFileSync('/bin/busybox', ['--list'], { encoding: 'utf8' }).split('\n')
  return [
    ...['bin', 'dev', 'etc', 'home', 'proc', 'run', 'sys', 'usr', 'usr/bin', 'var'].map((name) => directory(name)),
    directory('root', 0o700),
    directory('tmp', 0o1777),
    { name: 'home/web', type: '5', mode: 0o755, uid: 1000, gid: 1001 },
    { name: 'bin/busybox', mode: 0o755, data: readFileSync('/bin/busybox') },
    ...applets
      .filter((name) => name !== '' && name !== 'busybox')
      .map((name): RawEntry => ({ name: `bin/${name}`, type: '2', mode: 0o777, link: 'busybox' })),
    { name: 'etc/passwd', data: passwd },
    { name: 'etc/group', data: group },
    { name: 'etc/hosts', data: '' },
    { name: 'etc/resolv.conf', data: '' },
  ]
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}
