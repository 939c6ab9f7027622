import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gunzip, gzip } from 'node:zlib'
import * as v from 'valibot'
import { type Build, build } from '../api/index.ts'
import type { SourceText } from '../build-process/read-source.ts'
import { documentRow, type LogRow, type NumberedRow } from '../logs/event-row.ts'

export interface PastBuild {
  readonly build: Build
  readonly rows: readonly NumberedRow[]
  readonly source?: SourceText
}

/** Builds that had a page, stored when they end. */
export interface PastBuilds {
  /** Stores it under a new number; the oldest ones are removed. */
  keep(past: PastBuild): Promise<void>
  /** Newest first. */
  list(): Promise<readonly Build[]>
  find(id: number): Promise<PastBuild | undefined>
}

const KEPT = 50
/** Logs of a build are stored up to this size. */
const MAX_LOG_BYTES = 16 << 20

/**
 * Two files per build: one for the list, one with everything. SECURITY: readable by the store's owner only; secrets are
 * already masked.
 */
export function openPastBuilds(storeRoot: string): PastBuilds {
  const directory = join(storeRoot, 'build-pages')
  const ids = async (): Promise<readonly number[]> => {
    const names = await readdir(directory).catch(() => [])
    const found = names.flatMap((name) => /^(\d+)\.json$/.exec(name)?.[1] ?? [])
    return found.map(Number).sort((a, b) => b - a)
  }
  const path = (id: number, kind: 'gz' | 'json'): string => join(directory, `${id}.${kind}`)
  return {
    keep: async ({ build: kept, rows, source }) => {
      await mkdir(directory, { recursive: true, mode: 0o700 })
      const known = await ids()
      const id = Math.max(Date.parse(kept.createdAt), (known[0] ?? 0) + 1)
      const numbered: Build = { ...kept, id }
      const text = JSON.stringify({ build: numbered, rows: storedRows(rows), source })
      await write(path(id, 'gz'), await promisify(gzip)(text))
      await write(path(id, 'json'), JSON.stringify(numbered)) // last: listed builds are complete
      for (const old of known.slice(KEPT - 1)) {
        for (const kind of ['json', 'gz'] as const) await rm(path(old, kind), { force: true })
      }
    },
    list: async () => {
      const texts = (await ids()).map((id) => readFile(path(id, 'json'), 'utf8').catch(() => undefined))
      return (await Promise.all(texts)).flatMap((text) => (text === undefined ? [] : (parse(build, text) ?? [])))
    },
    find: async (id) => {
      const packed = await readFile(path(id, 'gz')).catch(() => undefined) // removed: only the newest are kept
      if (packed === undefined) return undefined
      const text = await promisify(gunzip)(packed).catch(() => undefined) // truncated by a power failure
      return text && parse(pastBuild, text.toString())
    },
  }
}

const pastBuild = v.object({
  build,
  rows: v.array(documentRow),
  source: v.exactOptional(v.object({ name: v.string(), text: v.string() })),
})

/** Undefined if another version of this program wrote it. */
function parse<S extends v.GenericSchema>(schema: S, text: string): v.InferOutput<S> | undefined {
  const { success, output } = v.safeParse(v.pipe(v.string(), v.parseJson(), schema), text)
  return success ? output : undefined
}

type StoredRow = Exclude<NumberedRow, LogRow> | (Omit<LogRow, 'log'> & { readonly log: string })

function storedRows(rows: readonly NumberedRow[]): readonly StoredRow[] {
  let bytes = 0
  return rows.flatMap((row): readonly StoredRow[] => {
    if (row.kind !== 'log') return [row]
    bytes += row.log.length
    return bytes > MAX_LOG_BYTES ? [] : [{ ...row, log: row.log.toString('base64') }]
  })
}

async function write(path: string, content: string | Buffer): Promise<void> {
  const draft = `${path}.${process.pid}`
  await writeFile(draft, content, { mode: 0o600 })
  await rename(draft, path)
}
