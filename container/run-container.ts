import type { RunningContainer, SessionIo } from './container.ts'
import type { ContainerContext } from './context.ts'
import { createContainer } from './create-container.ts'
import { recordOf } from './list-containers.ts'
import { removeContainer } from './remove-container.ts'
import type { RunSpec } from './run-spec.ts'
import { startContainer } from './start-container.ts'
import { findStored } from './stored-container.ts'

/** A container that could not be started stays to be looked at, unless it was to be removed anyway. */
export async function runContainer(
  context: ContainerContext,
  spec: RunSpec,
  io?: SessionIo,
): Promise<RunningContainer> {
  const stored = await createContainer(context, spec)
  try {
    const session = await startContainer(context, stored, io)
    return { container: recordOf(context.root, stored), ...(session === undefined ? {} : { session }) }
  } catch (error) {
    const isLeft = findStored(context.root, stored.id) !== undefined
    if (stored.autoRemove && isLeft) await removeContainer(context, stored, { force: true, volumes: true })
    throw error
  }
}
