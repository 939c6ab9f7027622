import { filesOf } from './container-files.ts'
import type { ContainerContext } from './context.ts'
import { sendControl } from './control-client.ts'
import { encodeFrame, FrameKind } from './control-frames.ts'
import { changeStore } from './file-errors.ts'
import { checkedName, claimName, releaseName } from './names.ts'
import { type StoredContainer, writeStored } from './stored-container.ts'
import { attributesOf, tellEvent } from './tell-event.ts'

/** The old name is free only when the new one is written down: no moment without a name. */
export async function renameContainer(
  context: ContainerContext,
  stored: StoredContainer,
  wanted: string,
): Promise<void> {
  const { root } = context
  const checked = checkedName(wanted)
  const name = changeStore(`rename container "${stored.name}"`, () => claimName(root, stored.id, checked))
  const renamed = { ...stored, name }
  try {
    writeStored(filesOf(root, stored.id).config, renamed)
  } catch (error) {
    releaseName(root, name, stored.id)
    throw error
  }
  releaseName(root, stored.name, stored.id)
  const attributes = Buffer.from(JSON.stringify(attributesOf(renamed)))
  await sendControl(filesOf(root, stored.id), encodeFrame(FrameKind.attributes, attributes))
  tellEvent(context, renamed, { action: 'rename', details: { oldName: `/${stored.name}` } })
}
