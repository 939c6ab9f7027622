import { existsSync, mkdirSync, renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { removeAfterFile } from './removed-afterwards.ts'

const DIRECTORY = '/var/run/cdi'

/** CDI specifications for the duration of a test file, with a kind that no other process uses. */
export function createCdiSpecs() {
  const hadDirectory = existsSync(DIRECTORY)
  const written: string[] = []
  mkdirSync(DIRECTORY, { recursive: true })
  return {
    kind: `tsbuild${process.pid}.example/thing`,
    write: (name: string, text: string): string => {
      const path = join(DIRECTORY, `tsbuild-${process.pid}-${name}`)
      written.push(path)
      mkdirSync(DIRECTORY, { recursive: true }) // another test file may have removed it
      writeFileSync(`${path}.part`, text)
      renameSync(`${path}.part`, path) // atomically, since builds of other test files read the directory
      return path
    },
    remove: removeAfterFile(() => {
      for (const path of written) rmSync(path, { force: true })
      if (!hadDirectory) removeEmpty()
    }),
  }
}

/** Another test file may have specifications there. */
function removeEmpty(): void {
  try {
    rmdirSync(DIRECTORY)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'ENOTEMPTY' && code !== 'ENOENT') throw error
  }
}
