import { readFileSync, readlinkSync, statSync } from 'node:fs'
import { basename } from 'node:path'
import { isMissing } from './file-errors.ts'

const lives = new Map<string, string>()

/**
 * Identifies the period in which unflushed files of a store are intact: one boot of this machine and, if the kernel
 * exposes it, one mount of the store's filesystem. Remounting a lost disk starts another one.
 */
export function unflushedLife(root: string): string {
  const known = lives.get(root)
  if (known !== undefined) return known
  const filesystem = filesystemLife(root)
  const life = filesystem === undefined ? bootId() : `${bootId()}-${filesystem}`
  lives.set(root, life)
  return life
}

/** Call when locking a store: before that its filesystem may be remounted, but not while the lock is open. */
export function renewUnflushedLife(root: string): void {
  lives.delete(root)
}

/** Whether files of that period may be truncated now. False if unknown: a caller that sees more may use them. */
export function isPastLife(root: string, life: string): boolean {
  const [boot, filesystem] = life.split('-')
  const [ownBoot, ownFilesystem] = unflushedLife(root).split('-')
  if (boot !== ownBoot) return true
  return filesystem !== undefined && ownFilesystem !== undefined && filesystem !== ownFilesystem
}

let knownBoot: string | undefined

function bootId(): string {
  knownBoot ??= readBootId()
  return knownBoot
}

function readBootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').replaceAll('-', '').trim().slice(0, 16)
  } catch (error) {
    if (isMissing(error)) return 'unknown' // a sandbox's /proc: trust the store as it is
    throw error
  }
}

/** Filesystems that create a directory in sysfs for every mounted instance. */
const SHOWN_TYPES = ['ext4', 'xfs', 'f2fs']

/** Inode number of that directory, which is never reused: it lives as long as the mounted filesystem. */
function filesystemLife(root: string): string | undefined {
  try {
    const device = basename(readlinkSync(`/sys/dev/block/${deviceNumber(statSync(root, { bigint: true }).dev)}`))
    const found = SHOWN_TYPES.flatMap((type) => {
      const entry = statSync(`/sys/fs/${type}/${device}`, { bigint: true, throwIfNoEntry: false })
      return entry === undefined ? [] : [entry.ino.toString(36)]
    })
    return found[0]
  } catch {
    return undefined // not a block device, or no sysfs
  }
}

/** SPEC: gnu_dev_major and gnu_dev_minor of glibc. */
function deviceNumber(device: bigint): string {
  const major = ((device >> 8n) & 0xfffn) | ((device >> 32n) & 0xfffff000n)
  const minor = (device & 0xffn) | ((device >> 12n) & 0xffffff00n)
  return `${major}:${minor}`
}
