import { closeSync } from 'node:fs'
import type { ContainerContext } from '../contract/context.ts'
import { ContainerError } from '../contract/errors.ts'
import type { ContainerState } from '../contract/record.ts'
import { filesOf } from '../state/container-files.ts'
import { lockContainer } from '../state/container-lock.ts'
import { type ReadState, readState } from '../state/state-file.ts'
import type { StoredContainer } from '../state/stored-container.ts'
import { recoverContainer } from './recover-container.ts'

interface HeldContainer {
  readonly stored: StoredContainer
  readonly isUp: (state: ContainerState) => boolean
}

/**
 * For work that differs for running and stopped containers: a stopped one cannot be started until the work is done. A
 * container in transition (as determined by `isUp`) is waited for.
 */
export async function holdContainer<T>(
  context: ContainerContext,
  { stored, isUp }: HeldContainer,
  work: (running: ReadState | undefined) => Promise<T>,
): Promise<T> {
  await recoverContainer(context, stored)
  let running: ReadState | undefined
  const lock = await lockContainer(context, stored, async () => {
    const found = readState(filesOf(context.root, stored.id))
    running = isUp(found.state) ? found : undefined
    return running !== undefined
  })
  if (lock === undefined && running === undefined) throw removedConcurrently(stored)
  try {
    return await work(running)
  } finally {
    if (lock !== undefined) closeSync(lock)
  }
}

export function removedConcurrently(stored: StoredContainer): ContainerError {
  return new ContainerError('CONTAINER_MISSING', `Cannot find container "${stored.name}": it has been removed`, {
    exitCode: 1,
  })
}
