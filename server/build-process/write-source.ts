import { realpath } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { NamedFileRefused, readNamedFile } from '../../layer-store/index.ts'
import type { BuildJobLine, BuildJobSpec } from './job.ts'

const NAMES = ['Dockerfile', 'dockerfile', 'Containerfile']
const MAX_BYTES = 1 << 20

/** The Dockerfile, before anything is built: the page shows the lines of running and failed steps, too. */
export async function writeSource({ request }: BuildJobSpec, write: (line: BuildJobLine) => void): Promise<void> {
  const { contextDirectory, dockerfile } = request
  const root = await realpath(contextDirectory)
  const paths = dockerfile === undefined ? NAMES.map((name) => join(root, name)) : [dockerfile]
  for (const path of paths) {
    const text = await readText(path, dockerfile === undefined ? { beneath: root } : {})
    if (text !== undefined) return write({ kind: 'source', name: basename(path), text })
  }
}

/** Undefined where the build itself fails with a reason. SECURITY: links lead nowhere else. */
async function readText(path: string, place: { readonly beneath?: string }): Promise<string | undefined> {
  try {
    return (await readNamedFile(path, { maxBytes: MAX_BYTES, ...place })).toString('utf8')
  } catch (error) {
    if (error instanceof NamedFileRefused || (error as NodeJS.ErrnoException).code !== undefined) return undefined
    throw error
  }
}
