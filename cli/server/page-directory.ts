import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

/** The built page, next to the program; absent after a build with `--fast`. */
export function pageDirectory(): { readonly pageDirectory?: string } {
  const page = join(dirname(resolve(process.argv[1] ?? '')), 'web')
  return existsSync(join(page, 'index.html')) ? { pageDirectory: page } : {}
}
