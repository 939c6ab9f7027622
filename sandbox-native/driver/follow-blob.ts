import { PassThrough } from 'node:stream'
import { type Binary, callBinary } from './call-binary.ts'
import { SandboxError } from './errors.ts'
import type { DigestState, FollowBlobRequest, FollowBlobResult } from './protocol.ts'
import type { FollowedBlob } from './sandbox.ts'

const ANNOUNCE_EVERY_BYTES = 1 << 20

export function followBlob(
  binary: Binary,
  request: FollowBlobRequest,
  onState: (state: DigestState) => void,
): FollowedBlob {
  const announcements = new PassThrough()
  let announced = request.from?.position ?? 0
  let here = announced
  const result = callBinary(binary, {
    request: { verb: 'follow-blob', ...request },
    io: { output: () => {} },
    source: announcements,
    onStatus: (status) => {
      if (status.kind === 'digested') onState({ position: status.position, words: status.words })
    },
  })
  result.catch(() => {}) // finish() reports it
  const announce = () => {
    if (here <= announced) return
    const size = Buffer.alloc(8)
    size.writeBigUInt64LE(BigInt(here))
    announcements.write(size)
    announced = here
  }
  const end = () => {
    announce()
    announcements.end()
  }
  return {
    grow: (sizeBytes) => {
      here = sizeBytes
      if (here - announced >= ANNOUNCE_EVERY_BYTES) announce()
    },
    finish: async () => {
      end()
      const last = await result
      if (last.kind === 'result') return last.result as FollowBlobResult
      throw new SandboxError('SANDBOX_PROTOCOL', `Cannot read the answer to "follow-blob": got status "${last.kind}"`)
    },
    abandon: async () => {
      end()
      await result.catch(() => {})
    },
  }
}
