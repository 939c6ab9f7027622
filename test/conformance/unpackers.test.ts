import { execFileSync } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { beforeAll, describe, expect, test } from 'vitest'
import { openEngine } from '../../engine/index.ts'
import { hostPlatform } from '../../image-spec/index.ts'
import { loadArchive } from '../../images/index.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { baseArchive } from './base-image.ts'
import { describeTree, flatten } from './flatten.ts'
import { layOutContext } from './lay-out-context.ts'
import { readTar } from './read-tar.ts'

/** Whiteouts, opaque directories, replaced files and directories, modes, devices, capabilities, links. */
const CASE = join(import.meta.dirname, 'cases/layers-of-every-change')

let room = ''
let layout = ''

beforeAll(async () => {
  room = temporaryDirectory('unpackers')
  layout = join(room, 'layout')
  const engine = await openEngine({ root: join(room, 'store') })
  const context = layOutContext(CASE)
  try {
    await loadArchive({ store: engine.store, input: Readable.from([baseArchive()]), platform: hostPlatform() })
    await engine.builder.build({
      context: { kind: 'directory', path: context },
      tags: ['app:1'],
      outputs: [{ type: 'oci', destination: layout, tar: false }],
    })
  } finally {
    rmSync(context, { recursive: true })
    await engine.close()
    await engine.native.trees.remove({ paths: [join(room, 'store')] })
  }
})

describe('layers unpack as recorded with docker, using', () => {
  test('umoci', () => {
    const bundle = join(room, 'bundle')
    run('umoci', 'unpack', '--image', `${layout}:1`, bundle)
    expect(changesIn(join(bundle, 'rootfs'))).toEqual(recordedByDocker())
  })

  test('containers/storage, through skopeo', () => {
    const root = join(room, 'storage')
    const image = `containers-storage:[vfs@${root}+${join(room, 'run')}]localhost/app:1`
    run('skopeo', 'copy', '--quiet', '--insecure-policy', `oci:${layout}:1`, image)
    const [stored] = JSON.parse(readFileSync(join(root, 'vfs-images/images.json'), 'utf8')) as { layer: string }[]
    expect(changesIn(join(root, 'vfs/dir', stored?.layer ?? ''))).toEqual(recordedByDocker())
  })
})

function recordedByDocker(): Readonly<Record<string, string>> {
  const expected = JSON.parse(readFileSync(join(CASE, 'expected.json'), 'utf8'))
  expect(expected.source).toMatch(/^docker /)
  return expected.files
}

/** All changes of the case are below /d. */
function changesIn(root: string): Readonly<Record<string, string>> {
  const options = ['--xattrs', '--xattrs-include=security.capability', '--numeric-owner', '--sort=name', '--format=pax']
  const archive = execFileSync('tar', ['-C', root, ...options, '-c', 'd'], { maxBuffer: 1 << 28 })
  return Object.fromEntries(describeTree(flatten([readTar(archive)])))
}

function run(program: string, ...words: readonly string[]): void {
  execFileSync(program, words, { stdio: 'pipe' })
}
