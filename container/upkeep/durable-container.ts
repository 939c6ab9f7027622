import { flushPaths } from '../../layer-store/index.ts'
import { containersFolder, filesOf, namesFolder } from '../state/container-files.ts'
import type { StoredContainer } from '../state/stored-container.ts'
import { durableVolumePaths } from '../volumes/volumes.ts'

/** Makes a container that was created, renamed or changed survive a power failure, with its volumes. */
export async function makeContainerDurable(root: string, { id, mounts }: StoredContainer): Promise<void> {
  const { directory, config, initLayer, upper } = filesOf(root, id)
  const volumes = mounts.flatMap(({ name }) => (name === undefined ? [] : durableVolumePaths(root, name)))
  await flushPaths([
    ...new Set([config, initLayer, upper, directory, containersFolder(root), namesFolder(root), ...volumes]),
  ])
}
