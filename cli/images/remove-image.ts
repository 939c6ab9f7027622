import type { Containers } from '../../container/index.ts'
import { familiarName, parseReference } from '../../image-spec/index.ts'
import type { ImageRecord, ImageUser, LayerStore } from '../../layer-store/index.ts'
import { CliError } from '../errors.ts'
import { findImages } from '../find-image.ts'

export interface Removal {
  readonly store: LayerStore
  readonly containers: Pick<Containers, 'list'>
  readonly force: boolean
}

/**
 * Removes a name, and with the last name the image. Returns docker's lines. An image of a container is kept unless
 * forced; an image of a running container is always kept.
 */
export async function removeImage(removal: Removal, name: string): Promise<readonly string[]> {
  const { store, force } = removal
  const { images, reference } = await findImages(store, name)
  const [image] = images
  if (reference === undefined && image !== undefined && image.tags.length > 1 && !force) {
    const tags = image.tags.map(familiar).join(', ')
    throw new CliError('CLI_CONFLICT', `Cannot remove image "${name}": it has several names: ${tags}`, {
      hint: 'Remove each name, or use -f',
    })
  }
  const last = images.filter((one) => reference === undefined || isLastName(reference, one))
  const removals = await Promise.all(last.map(async ({ id }) => ({ id, users: await usedBy(removal, id) })))
  removals.sort((one, other) => other.users.length - one.users.length) // an image in use is refused before any is removed
  for (const { id, users } of removals) await store.images.remove(id, users)
  // If other images have the name too, or the image has other names.
  if (reference !== undefined) await store.images.untag(reference)
  const removed = last.flatMap(({ tags, repositoryDigests }) => [...tags, ...repositoryDigests])
  const names = [...(reference === undefined ? [] : [reference]), ...removed]
  return [...[...new Set(names)].map((one) => `Untagged: ${familiar(one)}`), ...last.map(({ id }) => `Deleted: ${id}`)]
}

/** While a tag remains, removing a digest removes only the name. */
function isLastName(reference: string, { tags, repositoryDigests }: ImageRecord): boolean {
  if (repositoryDigests.includes(reference) && tags.length > 0) return false
  return tags.every((tag) => tag === reference)
}

async function usedBy({ containers, force }: Removal, id: string): Promise<readonly ImageUser[]> {
  const all = await containers.list({ all: true })
  return all
    .filter((container) => container.imageId === id)
    .filter((container) => !force || container.state.status === 'running')
    .map(({ name, state }) => ({ name, isUp: ['running', 'paused', 'restarting'].includes(state.status) }))
}

function familiar(full: string): string {
  return familiarName(parseReference(full))
}
