import { mkdirSync, mkdtempSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { createTsbuild } from '../../end-to-end/tsbuild.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'

const tsbuild = createTsbuild()
const room = temporaryDirectory('written-layout')
const [outside, context] = ['outside', 'context'].map((name) => join(room, name)) as [string, string]

beforeAll(async () => {
  for (const directory of [outside, context]) mkdirSync(directory)
  writeFileSync(join(context, 'Dockerfile'), 'FROM scratch\nCOPY Dockerfile /x\n')
  await tsbuild.ok('build', '-t', 'image', context)
})

test.each(['blobs', 'blobs/sha256'])('nothing is written through a link in place of %s in a layout', async (name) => {
  const layout = mkdtempSync(join(room, 'layout-'))
  writeFileSync(join(layout, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}')
  writeFileSync(join(layout, 'index.json'), '{"schemaVersion":2,"manifests":[]}')
  if (name !== 'blobs') mkdirSync(join(layout, 'blobs'))
  symlinkSync(outside, join(layout, name))
  const writes = [
    ['copy', 'store:image', `oci:${layout}`],
    ['build', `--output=type=oci,tar=false,dest=${layout}`, context],
    ['build', '--no-cache', `--cache-to=type=local,mode=max,dest=${layout}`, context],
  ]
  for (const words of writes) {
    const { stderr } = await tsbuild.run(...words)
    expect(stderr).toContain(`"${name}" is a link to a place outside of it`)
    expect(readdirSync(outside), words.join(' ')).toEqual([])
  }
})
