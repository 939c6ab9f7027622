import { realpath } from 'node:fs/promises'
import { basename, isAbsolute, join } from 'node:path'
import { codeOf } from '../../errors/index.ts'
import { NamedFileRefused, readNamedFile } from '../../layer-store/index.ts'

export interface SourceText {
  readonly name: string
  readonly text: string
}

const NAMES = ['Dockerfile', 'dockerfile', 'Containerfile']
const MAX_BYTES = 1 << 20

/**
 * Reads the Dockerfile before the build starts: the page shows the lines of running and failed steps, too. Undefined if
 * the build itself will fail with a reason.
 */
export async function readSource(contextDirectory: string, dockerfile?: string): Promise<SourceText | undefined> {
  const root = await realpath(contextDirectory).catch(() => contextDirectory)
  for (const name of dockerfile === undefined ? NAMES : [dockerfile]) {
    const path = isAbsolute(name) ? name : join(root, name)
    const text = await readText(path, isAbsolute(name) ? {} : { beneath: root })
    if (text !== undefined) return { name: basename(path), text }
  }
  return undefined
}

/** SECURITY: links must not lead outside the context. */
async function readText(path: string, place: { readonly beneath?: string }): Promise<string | undefined> {
  try {
    return (await readNamedFile(path, { maxBytes: MAX_BYTES, ...place })).toString('utf8')
  } catch (error) {
    if (error instanceof NamedFileRefused || codeOf(error) !== undefined) return undefined
    throw error
  }
}
