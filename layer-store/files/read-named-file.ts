import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readlinkSync,
  readSync,
  realpathSync,
  type Stats,
  statSync,
} from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { hasCode } from '../../errors/index.ts'

/** Rules for reading a file named by a user, an image or an untrusted directory. */
export interface NamedFileRules {
  /** Larger files are refused. */
  readonly maxBytes: number
  /** The file must be a regular one below this directory after following links. */
  readonly beneath?: string
  readonly signal?: AbortSignal | undefined
}

/** Why a file is refused, without its name or purpose. Filesystem errors pass unchanged. */
export class NamedFileRefused extends Error {
  override readonly name = 'NamedFileRefused'
  readonly why: 'directory' | 'device' | 'silent' | 'outside' | 'size'
  constructor(why: NamedFileRefused['why'], message: string) {
    super(message)
    this.why = why
  }
}

const CHUNK_BYTES = 1 << 20
const POLL_MS = 10
/** A program waiting to write to a pipe opens it as soon as it is read. */
const WRITER_MS = 2000
const SILENCE_MS = 60_000

/**
 * Reads a small file or pipe as a whole. SECURITY: a name may refer to an endless device, to a pipe without a writer,
 * or to a file of the host (test/attack/inputs/endless-input-files.test.ts).
 */
export async function readNamedFile(path: string, rules: NamedFileRules): Promise<Buffer> {
  if (!statSync(path).isFIFO()) return readRegularFile(path, rules)
  if (rules.beneath !== undefined) throw new NamedFileRefused('device', 'it is a device or a pipe')
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    return await readPipe(descriptor, rules)
  } finally {
    closeSync(descriptor)
  }
}

/** Like `readNamedFile`, synchronous and without pipes. Empty for /dev/null. */
export function readRegularFile(path: string, { maxBytes, beneath }: Omit<NamedFileRules, 'signal'>): Buffer {
  refuseKind(statSync(path), beneath) // before opening, which alone can activate a device
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY)
  try {
    const found = fstatSync(descriptor)
    refuseKind(found, beneath)
    if (beneath !== undefined && !isBeneath(descriptor, beneath))
      throw new NamedFileRefused('outside', 'it is outside of the directory')
    if (found.size > maxBytes) throw tooLarge(maxBytes)
    const chunks: Buffer[] = []
    for (let length = 0; ; ) {
      const chunk = readChunk(descriptor, Math.min(found.size - length, CHUNK_BYTES))
      if (chunk.length === 0) return Buffer.concat(chunks)
      chunks.push(chunk)
      length += chunk.length
      if (length > maxBytes) throw tooLarge(maxBytes)
    }
  } finally {
    closeSync(descriptor)
  }
}

async function readPipe(descriptor: number, { maxBytes, signal }: NamedFileRules): Promise<Buffer> {
  const isNamed = readlinkSync(`/proc/self/fd/${descriptor}`).startsWith('/')
  const chunks: Buffer[] = []
  let length = 0
  for (let silentMs = 0; ; silentMs += POLL_MS) {
    const chunk = readPipeChunk(descriptor)
    if (chunk === 'no writer' && (length > 0 || !isNamed)) return Buffer.concat(chunks)
    if (chunk === 'no writer' && silentMs >= WRITER_MS)
      throw new NamedFileRefused('silent', 'it is a pipe that no program writes to')
    if (typeof chunk === 'string') {
      if (silentMs >= SILENCE_MS) throw new NamedFileRefused('silent', 'it is a pipe that has been silent for a minute')
      await sleep(POLL_MS, undefined, signal && { signal })
      continue
    }
    chunks.push(chunk)
    length += chunk.length
    silentMs = 0
    if (length > maxBytes) throw tooLarge(maxBytes)
  }
}

function readPipeChunk(descriptor: number): Buffer | 'nothing yet' | 'no writer' {
  try {
    const chunk = readChunk(descriptor, CHUNK_BYTES)
    return chunk.length === 0 ? 'no writer' : chunk
  } catch (error) {
    if (hasCode(error, 'EAGAIN')) return 'nothing yet'
    throw error
  }
}

/** One extra byte of room reveals a file that has grown. */
function readChunk(descriptor: number, bytes: number): Buffer {
  const buffer = Buffer.allocUnsafe(Math.max(bytes, 0) + 4096)
  return buffer.subarray(0, readSync(descriptor, buffer))
}

function refuseKind(found: Stats, beneath: string | undefined): void {
  if (found.isFile()) return
  if (found.isDirectory()) throw new NamedFileRefused('directory', 'is a directory')
  if (beneath !== undefined) throw new NamedFileRefused('device', 'it is a device or a pipe')
  if (!found.isCharacterDevice() || found.rdev !== NULL_DEVICE) throw new NamedFileRefused('device', 'it is a device')
}

/** SPEC: Linux Documentation/admin-guide/devices.txt: character device 1:3. */
const NULL_DEVICE = 0x103

/** SECURITY: checks the open file, which cannot be replaced. */
function isBeneath(descriptor: number, directory: string): boolean {
  const root = realpathSync.native(directory)
  return readlinkSync(`/proc/self/fd/${descriptor}`).startsWith(root === '/' ? root : `${root}/`)
}

function tooLarge(maxBytes: number): NamedFileRefused {
  const [size, unit] = maxBytes < 1 << 20 ? [maxBytes >> 10, 'KiB'] : [maxBytes >> 20, 'MiB']
  return new NamedFileRefused('size', `it is larger than ${size} ${unit}`)
}
