import { closeSync } from 'node:fs'
import { filesOf } from './container-files.ts'
import { lockContainer } from './container-lock.ts'
import type { ContainerContext } from './context.ts'
import { containerIds } from './find-container.ts'
import { removeContainer } from './remove-container.ts'
import { readState, writeEnd } from './state-file.ts'
import { findStored, type StoredContainer } from './stored-container.ts'

/** Clears up after supervisors that were killed: what they left running, their cgroups, and what was to be removed. */
export async function recoverAll(context: ContainerContext): Promise<void> {
  for (const id of containerIds(context.root)) {
    if (!readState(filesOf(context.root, id)).isAbandoned) continue
    const stored = findStored(context.root, id)
    if (stored !== undefined) await recoverContainer(context, stored)
  }
}

/** Nothing for a container whose supervisor is alive, or has ended in order. */
export async function recoverContainer(context: ContainerContext, stored: StoredContainer): Promise<void> {
  const files = filesOf(context.root, stored.id)
  if (!readState(files).isAbandoned) return
  const lock = await lockContainer(context, stored)
  if (lock === undefined) return // removed meanwhile
  try {
    const { isAbandoned, cgroup } = readState(files)
    if (!isAbandoned) return // another one was faster
    await context.native.supervisors.release(cgroup)
    writeEnd(files)
  } finally {
    closeSync(lock)
  }
  if (stored.autoRemove) await removeContainer(context, stored, { volumes: true })
}
