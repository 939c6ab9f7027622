import { randomInt } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { SandboxError } from './errors.ts'
import { parseSubordinateIds } from './id-mapping.ts'
import type { IdMapping, IdRange, UserRange } from './protocol.ts'

/** IDs per command: all that files in images normally use. */
const COUNT = 65_536
/** SPEC: podman: the user whose subordinate IDs are for containers. */
const OWNER = ['containers']
/** SPEC: systemd, UIDS-GIDS.md: the range for containers, which no user of the machine has. */
const FREE: IdRange = { start: 524_288, count: 1_879_048_192 - 524_288 }

/** Host IDs for the command of a container or step, excluding those taken. */
export function chooseUserRange(taken: readonly UserRange[], read: (path: string) => string = readText): UserRange {
  const [uids, gids] = ['/etc/subuid', '/etc/subgid'].map((path) => freeSlots(read(path))) as [Slots, Slots]
  const isTaken = (start: number, key: 'uid' | 'gid') => taken.some((range) => Math.abs(range[key] - start) < COUNT)
  const uid = uids.draw((start) => !isTaken(start, 'uid'))
  const gid = gids.isOwned || uids.isOwned ? gids.draw((start) => !isTaken(start, 'gid')) : uid
  if (uid !== undefined && gid !== undefined) return { uid, gid, count: COUNT }
  throw new SandboxError(
    'SANDBOX_USER_NAMESPACE',
    `Cannot choose IDs for a user namespace: all ranges are in use (${COUNT} IDs of "containers" in /etc/subuid and /etc/subgid)`,
    { hint: 'Grant more: usermod --add-subuids 1000000-2000000 --add-subgids 1000000-2000000 containers' },
  )
}

/** Throws if the caller cannot have what `--userns` requests. */
export function requireUserNamespaces(mode: 'auto' | 'nomap', idMapping: IdMapping): void {
  const refused = (found: string, hint: string) =>
    new SandboxError('SANDBOX_USER_NAMESPACE', `Cannot use "--userns ${mode}": ${found}`, { hint })
  if (mode === 'nomap') {
    throw idMapping.kind === 'host'
      ? refused('it is for non-root users', 'Use --userns auto')
      : refused(
          'layers belong to your own ID, and the kernel maps IDs of mounts for root only',
          'Omit it: containers of non-root users always have a user namespace (docs/rootless.md)',
        )
  }
  if (idMapping.kind === 'host') return
  throw refused(
    'the caller is not root of the host, so that every container is in a user namespace already',
    'Omit it (docs/rootless.md)',
  )
}

interface Slots {
  readonly isOwned: boolean
  draw(isFree: (start: number) => boolean): number | undefined
}

/** The ranges granted by the file, else those granted to no other user. */
function freeSlots(text: string): Slots {
  const owned = parseSubordinateIds(text, OWNER)
  const others = owned.length > 0 ? [] : parseSubordinateIds(text, ownersIn(text))
  const ranges = owned.length > 0 ? owned : [FREE]
  const starts = (range: IdRange) => Math.floor(range.count / COUNT)
  const total = ranges.reduce((sum, range) => sum + starts(range), 0)
  const startOf = (slot: number) => {
    let rest = slot
    for (const range of ranges) {
      if (rest < starts(range)) return range.start + rest * COUNT
      rest -= starts(range)
    }
    return undefined
  }
  const draw = (isFree: (start: number) => boolean) => {
    const first = total === 0 ? 0 : randomInt(total)
    for (let step = 0; step < total; step += 1) {
      const start = startOf((first + step) % total)
      const isGranted = others.some(
        (other) => start !== undefined && start < other.start + other.count && other.start < start + COUNT,
      )
      if (start !== undefined && !isGranted && isFree(start)) return start
    }
    return undefined
  }
  return { isOwned: owned.length > 0, draw }
}

function ownersIn(text: string): string[] {
  return text.split('\n').flatMap((line) => line.split(':')[0] ?? [])
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return '' // not there: nothing is granted
  }
}
