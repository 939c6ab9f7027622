import { join } from 'node:path'
import { codeOf } from '../../errors/index.ts'
import { NamedFileRefused, readNamedFile } from '../../layer-store/index.ts'
import { CheckoutRefused, type GitRun, runGit } from './run-git.ts'

/** A file's placeholder in the repository. */
export interface Pointer {
  /** SHA-256, 64 hex digits. */
  readonly oid: string
  readonly size: number
  /** One of the files with this content. */
  readonly path: string
}

/** SPEC: git-lfs, docs/spec.md: a pointer has fewer than 1024 bytes. */
const MAX_BYTES = 1023

/** Pointers of the files in the checkout, each object once. Attributes may be set in any directory. */
export async function findPointers(run: GitRun): Promise<readonly Pointer[]> {
  const listed = await runGit(['ls-files', '-z', '--', ':(attr:filter=lfs)'], { ...run, onOutput: () => undefined })
  if (listed.includes('\ufffd')) throw notUtf8() // its pointer could not be found
  const found = new Map<string, Pointer>()
  for (const path of listed.split('\0').filter((name) => name !== '')) {
    const pointer = await readPointer(run.directory, path)
    if (pointer !== undefined) found.set(pointer.oid, pointer)
  }
  return [...found.values()]
}

/** Undefined for files stored in the repository itself. SECURITY: links must not lead outside the checkout. */
async function readPointer(directory: string, path: string): Promise<Pointer | undefined> {
  try {
    const rules = { maxBytes: MAX_BYTES, beneath: directory }
    return parsePointer((await readNamedFile(join(directory, path), rules)).toString('latin1'), path)
  } catch (error) {
    if (error instanceof NamedFileRefused || codeOf(error) !== undefined) return undefined
    throw error
  }
}

function parsePointer(text: string, path: string): Pointer | undefined {
  if (!/^version https?:\/\//.test(text)) return undefined
  const oid = /^oid sha256:([0-9a-f]{64})$/m.exec(text)?.[1]
  const size = /^size (\d{1,15})$/m.exec(text)?.[1]
  return oid === undefined || size === undefined ? undefined : { oid, size: Number(size), path }
}

function notUtf8(): CheckoutRefused {
  const message = 'Cannot fetch Git LFS files: the name of one of them is not UTF-8'
  return new CheckoutRefused('SERVER_CHECKOUT_FAILED', message, { hint: 'Rename it' })
}
