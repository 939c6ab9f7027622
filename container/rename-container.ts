import { filesOf } from './container-files.ts'
import { checkedName, claimName, releaseName } from './names.ts'
import { type StoredContainer, writeStored } from './stored-container.ts'

/** The old name is free only when the new one is written down: no moment without a name. */
export function renameContainer(root: string, stored: StoredContainer, wanted: string): void {
  const name = claimName(root, stored.id, checkedName(wanted))
  try {
    writeStored(filesOf(root, stored.id).config, { ...stored, name })
  } catch (error) {
    releaseName(root, name, stored.id)
    throw error
  }
  releaseName(root, stored.name, stored.id)
}
