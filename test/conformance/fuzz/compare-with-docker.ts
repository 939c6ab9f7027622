import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { baseArchive } from '../base-image.ts'
import { buildWithDocker } from '../build-with-docker.ts'
import { openSubject } from '../build-with-tsbuild.ts'
import { readCase } from '../conformance-case.ts'
import { differences } from '../differences.ts'
import { startDocker } from '../docker-daemon.ts'
import { ArchiveReader } from '../outcome.ts'
import { writeRandomCase } from './random-case.ts'
import { shrinkCase } from './shrink-case.ts'

/** Report of a case: one line per difference between the builders. */
type Compare = (folder: string) => Promise<readonly string[]>

const VERBS: Readonly<Record<string, (compare: Compare, words: readonly string[]) => Promise<void>>> = {
  random: compareRandom,
  folders: compareFolders,
  shrink: shrinkFolders,
}

const [verb = '', ...words] = process.argv.slice(2)
const act = VERBS[verb]
if (act === undefined) throw new Error(`no such verb: "${verb}" (${Object.keys(VERBS).join(', ')})`)
const counts = { built: 0, refused: 0, differing: 0 }
const room = mkdtempSync(join(tmpdir(), 'tsbuild-fuzz-'))
const docker = await startDocker(room)
try {
  const base = baseArchive()
  docker.run(['load'], base)
  const reader = new ArchiveReader(base)
  const subject = await openSubject()
  try {
    await act(async (folder) => {
      const asked = readCase(folder)
      const want = await buildWithDocker(docker, reader, asked, 'Dockerfile').catch(faultOf('docker'))
      const got = await subject.build(asked).catch(faultOf('tsbuild'))
      if (typeof want === 'string') return [want]
      if (typeof got === 'string') return [got]
      const isRefused = 'refused' in want
      counts[isRefused ? 'refused' : 'built'] += 1
      const found = differences(want, got)
      return isRefused && found.length > 0 ? [...found, `docker: ${want.message}`] : found
    }, words)
  } finally {
    await subject.close()
  }
} finally {
  await docker.stop()
  execFileSync('rm', ['-rf', room])
}
process.stdout.write(`${counts.built} built, ${counts.refused} refused by docker, ${counts.differing} differ\n`)

function faultOf(who: string): (error: unknown) => string {
  return (error) => `${who} failed: ${error instanceof Error ? error.message : error}`
}

/** Cases with differences are kept. */
async function compareRandom(
  compare: Compare,
  [first = '1', count = '100', kept = '']: readonly string[],
): Promise<void> {
  for (let seed = Number(first); seed < Number(first) + Number(count); seed += 1) {
    const folder = join(resolve(kept), `seed-${seed}`)
    mkdirSync(folder, { recursive: true })
    writeRandomCase(folder, seed)
    const found = await compare(folder)
    report(folder, found)
    if (found.length === 0) rmSync(folder, { recursive: true })
  }
}

async function compareFolders(compare: Compare, folders: readonly string[]): Promise<void> {
  for (const folder of folders) report(folder, await compare(resolve(folder)))
}

async function shrinkFolders(compare: Compare, folders: readonly string[]): Promise<void> {
  for (const folder of folders) {
    const small = `${resolve(folder)}.small`
    cpSync(folder, small, { recursive: true })
    const kind = kindOf(await compare(small))
    await shrinkCase(small, async () => kindOf(await compare(small)) === kind)
    report(small, await compare(small))
  }
}

/** A case must not shrink into another bug. */
function kindOf(found: readonly string[]): string {
  return (
    found.map((line) => line.replace(/:.*/s, '')).find((line) => /^it was|failed/.test(line)) ??
    String(found.length > 0)
  )
}

function report(folder: string, found: readonly string[]): void {
  if (found.length > 0) counts.differing += 1
  process.stdout.write(`${found.length > 0 ? 'DIFFERS' : 'same'} ${basename(folder)}\n`)
  for (const line of found) process.stdout.write(`  ${line}\n`)
}
