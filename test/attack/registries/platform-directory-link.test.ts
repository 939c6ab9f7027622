import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createTsbuild } from '../../end-to-end/tsbuild.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'

const tsbuild = createTsbuild()
const room = temporaryDirectory('platforms')

test("a link in place of a platform's directory is replaced and not followed", async () => {
  const [outside, out, context] = ['outside', 'out', 'context'].map((name) => join(room, name)) as [
    string,
    string,
    string,
  ]
  for (const directory of [outside, out, context]) mkdirSync(directory)
  symlinkSync(outside, join(out, 'linux_amd64')) // an earlier image in this directory can contain such a link
  writeFileSync(join(context, 'file'), 'content\n')
  writeFileSync(join(context, 'Dockerfile'), 'FROM scratch\nCOPY file /file\n')
  await tsbuild.ok('build', '--platform=linux/amd64,linux/arm64', `--output=type=local,dest=${out}`, context)
  expect(readdirSync(outside)).toEqual([])
  for (const name of ['linux_amd64', 'linux_arm64']) expect(existsSync(join(out, name, 'file')), name).toBe(true)
})
