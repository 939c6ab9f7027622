import { type Binary, callBinary } from './call-binary.ts'
import { SandboxError } from './errors.ts'
import { announcing } from './growing-file.ts'
import type {
  DigestState,
  FollowBlobRequest,
  FollowBlobResult,
  Request,
  UnpackLayerRequest,
  UnpackLayerResult,
} from './protocol.ts'
import type { FileFollower } from './sandbox.ts'

export function followBlob(
  binary: Binary,
  request: FollowBlobRequest,
  onState: (state: DigestState) => void,
): FileFollower<FollowBlobResult> {
  return follow(binary, { verb: 'follow-blob', ...request }, { position: request.from?.position ?? 0, onState })
}

/** Unpacks a blob while it is being written. */
export function unpackGrowing(
  binary: Binary,
  request: Omit<UnpackLayerRequest, 'growing'>,
): FileFollower<UnpackLayerResult> {
  return follow(binary, { verb: 'unpack-layer', growing: true, ...request }, { position: 0 })
}

interface Following {
  /** Number of bytes that need not be read. */
  readonly position: number
  readonly onState?: (state: DigestState) => void
}

function follow<Result>(binary: Binary, request: Request, { position, onState }: Following): FileFollower<Result> {
  const announcements = announcing(position)
  const result = callBinary(binary, {
    request,
    source: announcements.source,
    onStatus: (status) => {
      if (status.kind === 'digested') onState?.({ position: status.position, words: status.words })
    },
  })
  result.catch(() => {}) // finish() reports it
  return {
    grow: announcements.grow,
    finish: async () => {
      announcements.end()
      const last = await result
      if (last.kind === 'result') return last.result as Result
      throw new SandboxError(
        'SANDBOX_PROTOCOL',
        `Cannot read the response to "${request.verb}": got status "${last.kind}"`,
      )
    },
    abandon: async () => {
      announcements.end()
      await result.catch(() => {}) // the caller has its own failure
    },
  }
}
