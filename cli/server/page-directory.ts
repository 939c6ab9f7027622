import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

/** The built page: in the package, or in a checkout where it was built. */
export function pageDirectory(): { readonly pageDirectory?: string } {
  const dist = dirname(resolve(process.argv[1] ?? ''))
  const places = [join(dist, 'web'), join(dist, '../server/web/dist')]
  const found = places.find((place) => existsSync(join(place, 'index.html')))
  return found === undefined ? {} : { pageDirectory: found }
}
