import { type FSWatcher, watch } from 'node:fs'
import { hasCode } from '../../errors/index.ts'

/** Polling interval for filesystems without change notifications. */
const LOOK_EVERY_MS = 500

export interface DirectoryWatch {
  /** Resolves at the next change of a file in the directory, or at the next polling interval. */
  next(): Promise<void>
  /** Wakes up waiters. */
  close(): void
}

export function watchDirectory(directory: string): DirectoryWatch {
  let wake: () => void = () => {}
  let hasChanged = false
  const onChange = () => {
    hasChanged = true
    wake()
  }
  let watcher: FSWatcher | undefined
  try {
    watcher = watch(directory, onChange).on('error', onChange)
  } catch (error) {
    if (!hasCode(error, 'ENOENT', 'ENOSPC', 'EMFILE')) throw error // out of watches: polling suffices
  }
  const timer = setInterval(onChange, LOOK_EVERY_MS)
  return {
    next: () =>
      new Promise((resolve) => {
        wake = () => {
          hasChanged = false
          resolve()
        }
        if (hasChanged) wake()
      }),
    close() {
      clearInterval(timer)
      watcher?.close()
      onChange()
    },
  }
}
