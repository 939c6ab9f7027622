import { readFile } from 'node:fs/promises'
import shaJs from 'sha.js'
import type { DigestState, FileFollower, FollowedDigest } from '../../layer-store/index.ts'

const BLOCK_BYTES = 64
const WORDS = ['_a', '_b', '_c', '_d', '_e', '_f', '_g', '_h'] as const

/**
 * Hashes a small download in this process, without starting a native one. node:crypto is faster, but its state cannot
 * be saved, which resuming an interrupted download requires.
 */
export function digestSmallBlob(
  path: string,
  from: DigestState | undefined,
  onState: (state: DigestState) => void,
): FileFollower<FollowedDigest> {
  const hash = startHash(from)
  let hasFinished = false
  return {
    grow: () => {},
    finish: async () => {
      const bytes = await readFile(path)
      hasFinished = true
      hash.update(bytes.subarray(hash._len))
      return { digest: `sha256:${hash.digest('hex')}`, sizeBytes: bytes.length }
    },
    abandon: async () => {
      if (hasFinished) return
      const bytes = await readFile(path).catch(() => Buffer.alloc(0)) // without a file there is nothing to resume
      hash.update(bytes.subarray(hash._len, bytes.length - (bytes.length % BLOCK_BYTES)))
      onState({ position: hash._len, words: WORDS.map((name) => hash[name] >>> 0) })
    },
  }
}

function startHash(from: DigestState | undefined): Sha256State {
  const hash: unknown = shaJs('sha256')
  if (!hasState(hash)) throw new Error('sha.js keeps its state in another way than the pinned version')
  if (from !== undefined) {
    for (const [index, name] of WORDS.entries()) hash[name] = (from.words[index] ?? 0) | 0
    hash._len = from.position
  }
  return hash
}

type Sha256State = { [name in (typeof WORDS)[number] | '_len']: number } & {
  update(bytes: Uint8Array): unknown
  digest(encoding: 'hex'): string
}

function hasState(hash: unknown): hash is Sha256State {
  if (typeof hash !== 'object' || hash === null || !('update' in hash) || !('digest' in hash)) return false
  return [...WORDS, '_len'].every((name) => typeof Reflect.get(hash, name) === 'number')
}
