import type { RunningContainer } from '../contract/container.ts'
import type { ContainerContext } from '../contract/context.ts'
import type { RunSpec } from '../contract/run-spec.ts'
import { createContainer } from '../create/create-container.ts'
import { recordOf } from '../show/list-containers.ts'
import { findStored } from '../state/stored-container.ts'
import { makeContainerDurable } from '../upkeep/durable-container.ts'
import { removeContainer } from '../upkeep/remove-container.ts'
import { type StartOptions, startContainer } from './start-container.ts'

/** A container that failed to start is kept for inspection, unless it has `autoRemove`. */
export async function runContainer(
  context: ContainerContext,
  spec: RunSpec,
  options: StartOptions,
): Promise<RunningContainer> {
  const stored = await createContainer(context, options.io === undefined ? { ...spec, detached: true } : spec)
  // A container that removes itself need not survive a power failure.
  const durable = stored.autoRemove ? undefined : makeContainerDurable(context.root, stored)
  durable?.catch(() => {}) // awaited below
  try {
    const session = await startContainer(context, stored, options)
    await durable
    return { container: recordOf(context.root, stored), ...(session !== undefined && { session }) }
  } catch (error) {
    const isLeft = findStored(context.root, stored.id) !== undefined
    if (stored.autoRemove && isLeft) await removeContainer(context, stored, { force: true, volumes: true })
    throw error
  }
}
