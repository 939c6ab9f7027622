import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { parseVolumeFlag } from '../../cli/containers/mount-flags.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { type TestEngine, temporaryContainers } from './temporary-containers.ts'

/** Resulting paths of copied files in docker 28.2; `-` is refused. The same in both directions. */
const RULES = `
source      arrives    have         have/        new  new/  exists  exists/  tofile  tohave       tohave/      tomissing  no/such  exists/below
file        from/file  have/file    have/file    new  -     exists  -        exists  have/file    have/file    missing    -        -
flink       ->file     have/flink   have/flink   new  -     exists  -        exists  have/flink   have/flink   missing    -        -
dlink       ->dir      have/dlink   have/dlink   new  -     exists  -        exists  have/dlink   have/dlink   missing    -        -
broken      ->nowhere  have/broken  have/broken  new  -     exists  -        exists  have/broken  have/broken  missing    -        -
dir         inner,sub  have/dir     have/dir     new  new   -       -        -       have/dir     have/dir     missing    -        -
dir/        inner,sub  have/dir     have/dir     new  new   -       -        -       have/dir     have/dir     missing    -        -
dir/.       inner,sub  have         have         new  new   -       -        -       have         have         missing    -        -
dlink/      inner,sub  have/dlink   have/dlink   new  new   -       -        -       have/dlink   have/dlink   missing    -        -
dlink/.     inner,sub  have         have         new  new   -       -        -       have         have         missing    -        -
nothing     -          -            -            -    -     -       -        -       -            -            -          -        -
file/       -          -            -            -    -     -       -        -       -            -            -          -        -
file/below  -          -            -            -    -     -       -        -       -            -            -          -        -
-L:flink    from/file  have/flink   have/flink   new  -     exists  -        exists  have/flink   have/flink   missing    -        -
-L:dlink    inner,sub  have/dlink   have/dlink   new  new   -       -        -       have/dlink   have/dlink   missing    -        -
-L:broken   -          -            -            -    -     -       -        -       -            -            -          -        -
`
const [titles = [], ...rows] = RULES.trim()
  .split('\n')
  .map((line) => line.trim().split(/\s+/))

const room = temporaryDirectory('copy')
let engine: TestEngine
beforeAll(async () => {
  engine = await temporaryContainers()
  const mounts = [parseVolumeFlag(`${room}:/room`)]
  await engine.containers.run({ image: 'busybox', network: 'none', name: 'box', mounts, command: ['sleep', '1000'] })
})

describe.each(rows)('cp %s', (said = '', arrives, ...places) => {
  const source = said.replace('-L:', '')
  const followLink = said !== source
  test.each(['in', 'out'] as const)("follows docker's rules, %s", async (direction) => {
    const found: string[] = []
    for (const destination of titles.slice(2)) {
      makeRoom()
      const copied = await copy(direction, { source, destination, followLink })
      const changed = places[found.length] ?? ''
      found.push(!copied ? '-' : whatIs(join(room, 'to', changed)) === arrives ? changed : 'elsewhere')
    }
    expect(found).toEqual(places)
  })
})

/** False if it was refused. */
async function copy(
  direction: 'in' | 'out',
  { source, destination, followLink }: { source: string; destination: string; followLink: boolean },
): Promise<boolean> {
  const { containers } = engine
  try {
    if (direction === 'in')
      await containers.copyTo('box', { from: `${room}/from/${source}`, path: `/room/to/${destination}`, followLink })
    else await containers.copyFrom('box', { path: `room/from/${source}`, to: `${room}/to/${destination}`, followLink })
    return true
  } catch (error) {
    expect(error).toMatchObject({ code: expect.stringMatching(/^TREE_(DESTINATION|MISSING)$/) })
    expect(readdirSync(join(room, 'to')).sort()).toEqual(['exists', 'have', 'tofile', 'tohave', 'tomissing'])
    return false
  }
}

function makeRoom(): void {
  for (const folder of ['from', 'to']) rmSync(join(room, folder), { recursive: true, force: true })
  for (const folder of ['from/dir/sub', 'to/have']) mkdirSync(join(room, folder), { recursive: true })
  for (const file of ['from/file', 'from/dir/inner', 'to/exists']) writeFileSync(join(room, file), file)
  const links = { 'from/flink': 'file', 'from/dlink': 'dir', 'from/broken': 'nowhere' }
  const ends = { 'to/tofile': 'exists', 'to/tohave': 'have', 'to/tomissing': 'missing' }
  for (const [link, target] of Object.entries({ ...links, ...ends })) symlinkSync(target, join(room, link))
}

/** The text of a file, the target of a link, or the new names in a directory. */
function whatIs(path: string): string {
  const found = lstatSync(path, { throwIfNoEntry: false })
  if (found === undefined) return 'nothing'
  if (found.isSymbolicLink()) return `->${readlinkSync(path)}`
  return found.isDirectory() ? readdirSync(path).sort().join(',') : readFileSync(path, 'utf8')
}
