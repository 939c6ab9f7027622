import type { Containers } from '../../container/index.ts'
import type { LayerStore } from '../../layer-store/index.ts'
import { familiarName, parseReference } from '../../registry/index.ts'
import { CliError } from '../errors.ts'
import { type FoundImage, findImage } from '../find-image.ts'

export interface Removal {
  readonly store: LayerStore
  readonly containers: Pick<Containers, 'list'>
  readonly force: boolean
}

/**
 * Takes a name away, and with the last name the image. Gives docker's lines. An image that a container was made of
 * stays unless forced; one that a running container uses always does.
 */
export async function removeImage(removal: Removal, name: string): Promise<readonly string[]> {
  const { store, force } = removal
  const found = await findImage(store, name)
  const { image, reference } = found
  const remaining = reference === undefined ? [] : image.tags.filter((tag) => tag !== reference)
  if (reference !== undefined && (remaining.length > 0 || isDigestOf(found))) {
    await store.images.untag(reference)
    return [`Untagged: ${familiar(reference)}`]
  }
  if (reference === undefined && image.tags.length > 1 && !force) {
    const tags = image.tags.map(familiar).join(', ')
    throw new CliError('CLI_CONFLICT', `Cannot remove the image "${name}": it has several names (${tags})`, {
      hint: 'Remove it by its names, or with -f',
    })
  }
  await store.images.remove(image.id, await usedBy(removal, image.id))
  const names = [...image.tags, ...image.repositoryDigests]
  return [...names.map((one) => `Untagged: ${familiar(one)}`), `Deleted: ${image.id}`]
}

/** A digest is taken away alone as long as a tag remains. */
function isDigestOf({ image, reference }: FoundImage): boolean {
  return reference !== undefined && image.repositoryDigests.includes(reference) && image.tags.length > 0
}

async function usedBy({ containers, force }: Removal, id: string): Promise<readonly string[]> {
  const all = await containers.list({ all: true })
  return all
    .filter((container) => container.imageId === id)
    .filter((container) => !force || container.state.status === 'running')
    .map((container) => container.name)
}

function familiar(full: string): string {
  return familiarName(parseReference(full))
}
