import type { StoreTreeWork } from '../../layer-store/index.ts'
import { openNative } from '../../sandbox-native/driver/index.ts'

/** The real tree work, recording its requests. */
export function countedTreeWork(onWork: (verb: 'pack' | 'unpack' | 'remove') => void): StoreTreeWork {
  const { trees } = openNative()
  return {
    ...trees,
    packLayer: (request, signal, onProgress) => {
      onWork('pack')
      return trees.packLayer(request, signal, onProgress)
    },
    unpackLayer: (request, signal) => {
      onWork('unpack')
      return trees.unpackLayer(request, signal)
    },
    remove: (request) => {
      onWork('remove')
      return trees.remove(request)
    },
  }
}
