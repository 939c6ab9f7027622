import { closeSync, openSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { hasCode } from '../../errors/index.ts'
import type { ContainerContext } from '../contract/context.ts'
import { filesOf } from './container-files.ts'
import { changeStore } from './file-errors.ts'
import type { StoredContainer } from './stored-container.ts'

const ROUND_MS = 5

/**
 * Waits until no supervisor holds the lock. `meanwhile` is called before each attempt; it may throw, or return true to
 * stop waiting. Closing the descriptor releases the lock; undefined if the container was removed, or after `meanwhile`
 * returned true.
 */
export async function lockContainer(
  context: ContainerContext,
  stored: Pick<StoredContainer, 'id'>,
  meanwhile: () => Promise<boolean> = async () => false,
): Promise<number | undefined> {
  const descriptor = openLockOf(context, stored)
  if (descriptor === undefined) return undefined
  try {
    for (;;) {
      if (await meanwhile()) break
      if ((await context.native.trees.lock(descriptor, { mode: 'exclusive', tryOnly: true })).locked) return descriptor
      await setTimeout(ROUND_MS)
    }
    closeSync(descriptor)
    return undefined
  } catch (error) {
    closeSync(descriptor)
    throw error
  }
}

/** Keeps the number of descriptors below the usual limit of a process. */
const BATCH = 250

/**
 * Works on containers while holding their locks, taking many with one native process. `work` gets the containers whose
 * lock is free; returns those locked by a supervisor or another command. Removed containers are skipped.
 */
export async function withFreeLocks<T extends Pick<StoredContainer, 'id'>>(
  context: ContainerContext,
  containers: readonly T[],
  work: (locked: readonly T[]) => Promise<void>,
): Promise<readonly T[]> {
  const held: T[] = []
  for (let start = 0; start < containers.length; start += BATCH) {
    const opened: { readonly container: T; readonly descriptor: number }[] = []
    try {
      for (const container of containers.slice(start, start + BATCH)) {
        const descriptor = openLockOf(context, container)
        if (descriptor !== undefined) opened.push({ container, descriptor })
      }
      if (opened.length === 0) continue
      const locked = await context.native.trees.tryLocks(opened.map(({ descriptor }) => descriptor))
      const [free, taken] = [true, false].map((isFree) =>
        opened.flatMap(({ container }, index) => (locked[index] === isFree ? [container] : [])),
      )
      held.push(...(taken ?? []))
      await work(free ?? [])
    } finally {
      for (const { descriptor } of opened) closeSync(descriptor)
    }
  }
  return held
}

function openLockOf({ root }: ContainerContext, { id }: Pick<StoredContainer, 'id'>): number | undefined {
  return changeStore(`lock container "${id.slice(0, 12)}"`, () => openLock(filesOf(root, id).lock))
}

function openLock(path: string): number | undefined {
  try {
    return openSync(path, 'a', 0o600)
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined
    throw error
  }
}
