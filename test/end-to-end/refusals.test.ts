import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { allErrorCodes } from '../support/all-error-codes.ts'
import type { FaultRegistry } from '../support/fault-registry.ts'
import { rawTar } from '../support/raw-tar.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { importBusybox } from './bases.ts'
import { startBrokenRegistry } from './broken-registry.ts'
import { MISTAKES, type Mistake, NO_MISTAKE } from './build-mistakes.ts'
import { createTsbuild, type Finished, finished, type Tsbuild } from './tsbuild.ts'

/** The complete text and exit code of every mistake, as recorded in test/golden/refusals. */
const GOLDEN = resolve(import.meta.dirname, '../golden/refusals')

let room = ''
let tsbuild: Tsbuild
let broken: FaultRegistry

beforeAll(async () => {
  room = temporaryDirectory('refusals')
  tsbuild = createTsbuild({ BUILDKIT_PROGRESS: 'plain', NO_COLOR: '1' })
  await importBusybox(tsbuild)
  await loadTrigger('trigger/extra', 'RUN a\nRUN b')
  await loadTrigger('trigger/empty', ' ')
  broken = await startBrokenRegistry()
})

/** An image with a trigger that no Dockerfile could contain. */
async function loadTrigger(name: string, trigger: string): Promise<void> {
  const rootfs = { type: 'layers', diff_ids: [] }
  const config = JSON.stringify({ architecture: 'amd64', os: 'linux', config: { OnBuild: [trigger] }, rootfs })
  const manifest = JSON.stringify([{ Config: 'config.json', RepoTags: [name], Layers: [] }])
  const archive = rawTar([
    { name: 'config.json', data: config },
    { name: 'manifest.json', data: manifest },
  ])
  await tsbuild.with({ input: archive }).ok('load')
}

async function seenOf({
  dockerfile,
  flags = [],
  files = {},
  links = {},
  env = {},
  interruptedAt,
}: Mistake): Promise<string> {
  const context = mkdtempSync(join(room, 'context-'))
  const filled = (text: string) => text.replaceAll('REGISTRY', broken.host).replaceAll('CONTEXT', context)
  for (const [name, text] of Object.entries({ ...files, Dockerfile: filled(dockerfile) })) {
    mkdirSync(dirname(join(context, name)), { recursive: true })
    writeFileSync(join(context, name), text)
  }
  for (const [name, target] of Object.entries(links)) symlinkSync(target, join(context, name))
  const own = Object.fromEntries(Object.entries(env).map(([name, value]) => [name, filled(value)]))
  const words = ['build', '--no-cache', ...flags.map(filled), context]
  const { exitCode, stderr } = await ended(tsbuild.with({ env: own }), words, interruptedAt)
  const text = stderr
    .replaceAll(context, 'CONTEXT')
    .replaceAll(broken.host, 'REGISTRY')
    .replaceAll(process.cwd(), 'HERE')
    .replaceAll(/\d+\.\d+( |s$)/gm, 'TIME$1')
    .replaceAll(/x{100,}/g, 'x…x')
    .replaceAll(/\/lease\.[\w.-]+/g, '/lease.ID')
    .replaceAll(/^#\d+ (?:Extracting .*|DONE TIMEs)\n/gm, '') // depend on which steps run concurrently
    .replaceAll(/^Built {3}[0-9a-f]{12} /gm, 'Built   ID ')
  return `exit code ${exitCode}\n${text}`
}

function ended(given: Tsbuild, words: readonly string[], interruptedAt: string | undefined): Promise<Finished> {
  if (interruptedAt === undefined) return given.run(...words)
  const child = given.start(words, { stdio: 'pipe' })
  child.stderr?.on('data', (text: Buffer) => {
    if (new RegExp(`^#\\d+ [\\d.]+${interruptedAt}$`, 'm').test(String(text))) child.kill('SIGINT')
  })
  return finished(child, undefined)
}

describe('the text of each mistake', () => {
  for (const [code, mistake] of Object.entries(MISTAKES)) {
    test.concurrent(code, async () => {
      const seen = await seenOf(mistake)
      const golden = join(GOLDEN, `${code}.txt`)
      if (process.env['UPDATE_GOLDEN'] === '1') {
        mkdirSync(GOLDEN, { recursive: true })
        writeFileSync(golden, seen)
      }
      expect(seen).not.toMatch(/^ {4}at /m)
      expect(seen).toBe(existsSync(golden) ? readFileSync(golden, 'utf8') : '')
    })
  }
})

test('a stack trace is printed only with --debug', async () => {
  const context = mkdtempSync(join(room, 'context-'))
  writeFileSync(join(context, 'Dockerfile'), 'FROM scratch\nCOYP a /\n')
  expect((await tsbuild.run('build', '--debug', context)).stderr).toMatch(/^ +at /m)
})

test('every error code of builds has a recorded text, or a reason why not', () => {
  const codes = allErrorCodes().filter((code) => !/^(CLI|CONTAINER|SERVER|VOLUME)_/.test(code))
  expect(codes.filter((code) => !(code in MISTAKES))).toEqual(Object.keys(NO_MISTAKE).sort())
  const kept = readdirSync(GOLDEN).map((name) => name.replace('.txt', ''))
  expect(kept.sort()).toEqual(Object.keys(MISTAKES).sort())
})
