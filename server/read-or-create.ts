import { link, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { flushPaths } from '../layer-store/index.ts'

/**
 * The file's text. A new file appears complete, readable only by its owner; if another process is faster, its file is
 * used.
 */
export async function readOrCreate(path: string, create: () => string): Promise<string> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => error)
  if (typeof text === 'string') return text
  if (text.code !== 'ENOENT') throw text
  const draft = `${path}.${process.pid}`
  try {
    await rm(draft, { force: true })
    await writeFile(draft, create(), { mode: 0o600, flag: 'wx', flush: true })
    await link(draft, path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    })
    await flushPaths([dirname(path)]) // secrets in the database are lost with their key
    return await readFile(path, 'utf8')
  } finally {
    await rm(draft, { force: true })
  }
}
