import { type FSWatcher, watch } from 'node:fs'
import { hasCode } from './caught-error.ts'

/** File systems without change notices are looked at this often. */
const LOOK_EVERY_MS = 500

export interface DirectoryWatch {
  /** Resolves at the next change of a file in the directory, or when it is time to look anyway. */
  next(): Promise<void>
  /** Whoever waits goes on. */
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
    if (!hasCode(error, 'ENOENT', 'ENOSPC', 'EMFILE')) throw error // out of watches: the regular look is enough
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
