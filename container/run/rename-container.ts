import type { ContainerContext } from '../contract/context.ts'
import { sendControl } from '../control/control-client.ts'
import { encodeFrame, FrameKind } from '../control/control-frames.ts'
import { filesOf } from '../state/container-files.ts'
import { attributesOf, emitEvent } from '../state/emit-event.ts'
import { changeStore } from '../state/file-errors.ts'
import { checkedName, claimName, releaseName } from '../state/names.ts'
import { type StoredContainer, writeStored } from '../state/stored-container.ts'
import { makeContainerDurable } from '../upkeep/durable-container.ts'
import { holdConfig } from '../upkeep/hold-config.ts'

/** The old name is released only once the new one is recorded, so that the container always has a name. */
export function renameContainer(context: ContainerContext, found: StoredContainer, newName: string): Promise<void> {
  const name = checkedName(newName)
  return holdConfig(context, found, async (stored) => {
    const files = filesOf(context.root, stored.id)
    const renamed = { ...stored, name: takeName(context.root, stored, name) }
    releaseName(context.root, stored.name, stored.id)
    await makeContainerDurable(context.root, renamed)
    await sendControl(files, encodeFrame(FrameKind.attributes, Buffer.from(JSON.stringify(attributesOf(renamed)))))
    emitEvent(context, renamed, { action: 'rename', details: { oldName: `/${stored.name}` } })
  })
}

/** Claims and records the name, or neither. */
function takeName(root: string, stored: StoredContainer, newName: string): string {
  const name = changeStore(`rename container "${stored.name}"`, () => claimName(root, stored.id, newName))
  try {
    writeStored(filesOf(root, stored.id).config, { ...stored, name })
    return name
  } catch (error) {
    releaseName(root, name, stored.id)
    throw error
  }
}
