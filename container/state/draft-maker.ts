import { existsSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { hasCode } from '../../errors/index.ts'
import { readOwnText } from '../../layer-store/index.ts'
import { isAlive, ownIdentity, type ProcessIdentity } from './process-identity.ts'

/** In a container's directory: identifies the process that creates or created it. */
const FILE = 'maker.json'

/** Call before the draft claims anything. */
export function signDraft(draft: string): void {
  const fresh = join(draft, `${FILE}.new`)
  writeFileSync(fresh, JSON.stringify(ownIdentity()), { mode: 0o600 })
  renameSync(fresh, join(draft, FILE)) // readers see the complete file
}

/** Also false for an unsigned draft, which has no claims yet. */
export function hasLiveOwner(draft: string): boolean {
  try {
    const document: unknown = JSON.parse(readOwnText(join(draft, FILE)))
    return isIdentity(document) && isAlive(document)
  } catch (error) {
    if (error instanceof SyntaxError || hasCode(error, 'ENOENT', 'ENOTDIR')) return false
    throw error
  }
}

/** Signed by a process that no longer exists. */
export function isOrphan(draft: string): boolean {
  return existsSync(join(draft, FILE)) && !hasLiveOwner(draft)
}

function isIdentity(document: unknown): document is ProcessIdentity {
  if (typeof document !== 'object' || document === null) return false
  if (!('pid' in document && 'startTicks' in document && 'bootId' in document)) return false
  const { pid, startTicks, bootId } = document
  return Number.isSafeInteger(pid) && Number.isSafeInteger(startTicks) && typeof bootId === 'string'
}
