import { mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { importBusybox } from './bases.ts'
import { createTsbuild, type Tsbuild } from './tsbuild.ts'

const COUNT = 14
let tsbuild: Tsbuild

beforeAll(async () => {
  tsbuild = createTsbuild()
  await importBusybox(tsbuild)
})

test('many steps at once print no warning of node', async () => {
  const context = mkdtempSync(join(tsbuild.root, '../context-'))
  const numbers = Array.from({ length: COUNT }, (_, index) => index)
  const stages = numbers.map((number) => `FROM busybox AS s${number}\nRUN sleep 1 && touch /f${number}\n`)
  const copies = numbers.map((number) => `COPY --from=s${number} /f${number} /\n`)
  writeFileSync(join(context, 'Dockerfile'), `${stages.join('')}FROM busybox\n${copies.join('')}`)
  const { exitCode, stderr } = await tsbuild.run('build', '--progress=plain', `--jobs=${COUNT}`, context)
  expect(exitCode, stderr).toBe(0)
  expect(stderr).not.toMatch(/^\(/m)
})
