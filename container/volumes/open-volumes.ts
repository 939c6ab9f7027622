import { flushPaths } from '../../layer-store/index.ts'
import { matchesLabels } from '../../notation/index.ts'
import type { PruneVolumesRequest, Volumes } from '../contract/container.ts'
import type { ContainerContext } from '../contract/context.ts'
import { ContainerError, isDamage } from '../contract/errors.ts'
import { diskUse } from '../state/disk-use.ts'
import { volumeUsers } from './volume-users.ts'
import { deleteVolumes, durableVolumePaths, ensureVolume, findVolume, getVolume, listVolumes } from './volumes.ts'

export function openVolumes(context: ContainerContext): Volumes {
  const { root } = context
  return {
    async create(request = {}) {
      const volume = await ensureVolume(context, request)
      await flushPaths(durableVolumePaths(root, volume.name))
      return volume
    },
    list: async () => listVolumes(root, (error) => context.onWarning(error.message)),
    get: async (name) => getVolume(root, name),
    async remove(name, options = {}) {
      if (!isThere(root, name, options.force ?? false)) return
      const users = volumeUsers(root).get(name)
      if (users !== undefined) throw inUse(name, users)
      await deleteVolumes(context, [name])
    },
    prune: (request = {}) => pruneVolumes(context, request),
  }
}

/** With `force`, a damaged volume is removed too, and a missing one is not an error. */
function isThere(root: string, name: string, force: boolean): boolean {
  try {
    return (force ? findVolume(root, name) : getVolume(root, name)) !== undefined
  } catch (error) {
    if (force && isDamage(error)) return true
    throw error
  }
}

async function pruneVolumes(context: ContainerContext, request: PruneVolumesRequest) {
  const { all = false } = request
  const used = volumeUsers(context.root)
  const unused = listVolumes(context.root, (error) => context.onWarning(error.message)).filter(
    (volume) => !used.has(volume.name) && (all || volume.isAnonymous) && matchesLabels(volume.labels, request),
  )
  const sizes = new Map(unused.map(({ name, mountpoint }) => [name, diskUse(mountpoint)]))
  const deleted = await deleteVolumes(context, [...sizes.keys()])
  const reclaimedBytes = deleted.reduce((sum, name) => sum + (sizes.get(name) ?? 0), 0)
  const attributes = { reclaimed: String(reclaimedBytes) }
  context.store.events.append({ type: 'volume', action: 'prune', id: '', attributes })
  return { deleted, reclaimedBytes }
}

function inUse(name: string, users: readonly string[]): ContainerError {
  return new ContainerError(
    'VOLUME_IN_USE',
    `Cannot remove volume "${name}": in use by container ${users.join(', ')}`,
    {
      hint: 'Remove the container first',
      exitCode: 1,
    },
  )
}
