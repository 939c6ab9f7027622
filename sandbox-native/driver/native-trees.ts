import { type Binary, type Call, callBinary } from './call-binary.ts'
import { SandboxError } from './errors.ts'
import { followBlob, unpackGrowing } from './follow-blob.ts'
import type {
  CopyResult,
  DiffResult,
  DigestResult,
  FlattenResult,
  ListFilesResult,
  LockResult,
  PackLayerResult,
  ProbeResult,
  ReadFilesResult,
  ReceiveBytesResult,
  Request,
  ScanSecretsResult,
  Status,
  UncompressResult,
  UnpackLayerResult,
  WriteLayerResult,
} from './protocol.ts'
import type { TreeWork } from './sandbox.ts'

/** Tree work by our own binary, one process a request. */
export function createNativeTrees(binary: Binary): TreeWork {
  return {
    digest: ({ items }, signal) => ask<DigestResult>(binary, { verb: 'digest', items }, { signal }),
    lockAndDigest: (descriptor, { items }, signal) =>
      ask<DigestResult>(binary, { verb: 'digest', items, lock: true }, { signal, lockDescriptors: [descriptor] }),
    writeLayer: (request, signal) => ask<WriteLayerResult>(binary, { verb: 'write-layer', ...request }, { signal }),
    packLayer(request, signal, onProgress) {
      const onStatus = (status: Status) => {
        if (status.kind === 'progress') onProgress?.(status.doneBytes)
      }
      return ask<PackLayerResult>(binary, { verb: 'pack-layer', ...request }, { signal, onStatus })
    },
    unpackLayer: (request, signal) => ask<UnpackLayerResult>(binary, { verb: 'unpack-layer', ...request }, { signal }),
    followBlob: (request, onState) => followBlob(binary, request, onState),
    receiveBytes(request, { onProgress, ...more }) {
      const onStatus = (status: Status) => {
        if (status.kind === 'progress') onProgress(status.doneBytes)
      }
      return ask<ReceiveBytesResult>(binary, { verb: 'receive-bytes', ...request }, { ...more, onStatus })
    },
    unpackGrowing: (request) => unpackGrowing(binary, request),
    uncompress: (streams) => ask<UncompressResult>(binary, { verb: 'uncompress' }, streams),
    flatten: (request, signal) => ask<FlattenResult>(binary, { verb: 'flatten', ...request }, { signal }),
    async advance(request, signal) {
      await ask<unknown>(binary, { verb: 'advance', ...request }, { signal })
    },
    listFiles: (request, signal) => ask<ListFilesResult>(binary, { verb: 'list-files', ...request }, { signal }),
    readFiles: (request, signal) => ask<ReadFilesResult>(binary, { verb: 'read-files', ...request }, { signal }),
    scanSecrets: (request, signal) => ask<ScanSecretsResult>(binary, { verb: 'scan-secrets', ...request }, { signal }),
    diff: (request, signal) => ask<DiffResult>(binary, { verb: 'diff', ...request }, { signal }),
    async remove(request) {
      await ask<unknown>(binary, { verb: 'remove', ...request }, {})
    },
    copy(request, { onWarning, ...more }) {
      const onStatus = (status: Status) => {
        if (status.kind === 'warning') onWarning?.(status.message)
      }
      return ask<CopyResult>(binary, { verb: 'copy', ...request }, { ...more, onStatus })
    },
    async lock(descriptor, request, signal) {
      const lockRequest = { verb: 'lock', count: 1, ...request } as const
      const { locked } = await ask<LockResult>(binary, lockRequest, { lockDescriptors: [descriptor], signal })
      return { locked: locked[0] === true }
    },
    async tryLocks(lockDescriptors) {
      const lockRequest = { verb: 'lock', count: lockDescriptors.length, mode: 'exclusive', tryOnly: true } as const
      return (await ask<LockResult>(binary, lockRequest, { lockDescriptors })).locked
    },
  }
}

export function probeNative(binary: Binary, directory?: string): Promise<ProbeResult> {
  const options = { ...(directory !== undefined && { directory }) }
  return ask<ProbeResult>(binary, { verb: 'probe', ...options }, {})
}

/** `T` is the result type of the request's verb; the binary's version was checked with the request. */
async function ask<T>(
  binary: Binary,
  request: Request,
  more: Pick<Call, 'signal' | 'onStatus' | 'lockDescriptors' | 'source' | 'sink' | 'connection'>,
): Promise<T> {
  const last = await callBinary(binary, { request, ...more })
  if (last.kind === 'result') return last.result as T
  throw new SandboxError('SANDBOX_PROTOCOL', `Cannot read the response to "${request.verb}": got status "${last.kind}"`)
}
