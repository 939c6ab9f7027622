import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const DIRECTORY = '/var/run/cdi'

/** Specifications for the time of a test file, and a kind that no other process uses. */
export function createCdiSpecs() {
  const hadDirectory = existsSync(DIRECTORY)
  const written: string[] = []
  mkdirSync(DIRECTORY, { recursive: true })
  return {
    kind: `tsbuild${process.pid}.example/thing`,
    write: (name: string, text: string) => {
      const path = join(DIRECTORY, `tsbuild-${process.pid}-${name}`)
      written.push(path)
      writeFileSync(path, text)
    },
    remove: () => {
      for (const path of written) rmSync(path)
      if (!hadDirectory) rmSync(DIRECTORY, { recursive: true })
    },
  }
}
