import { asWord, type Database, isRecord, named } from './database.ts'
import { jsonOf } from './json-of.ts'

/** Installed npm packages: `package.json` in each package's directory, not those deeper inside. */
export const npm: Database = {
  patterns: ['**/node_modules/*/package.json', '**/node_modules/@*/*/package.json'],
  files: /\/node_modules\/(@[^/]+\/)?[^/]+\/package\.json$/,
  *read({ path, bytes }, note) {
    const document = jsonOf(bytes, note)
    if (!isRecord(document)) return
    const found = named(document['name'], document['version'])
    if (found === undefined) {
      // A directory without either is not a package: tools keep their caches in node_modules.
      if (document['name'] !== undefined && document['version'] !== undefined) note('it has no name and version')
      return
    }
    const [, namespace, name] = /^(@[^/]+)\/(.+)$/.exec(found.name) ?? [undefined, undefined, found.name]
    const license = licenseOf(document)
    yield {
      type: 'npm',
      ...(namespace && { namespace }),
      name: name ?? found.name,
      version: found.version,
      ...(license && { license }),
      locations: [path],
    }
  },
}

/** Old packages have an object, or a list of them. */
function licenseOf({ license, licenses }: Readonly<Record<string, unknown>>): string | undefined {
  const list = Array.isArray(licenses) ? licenses : [license]
  const names = list.flatMap((one) => asWord(isRecord(one) ? one['type'] : one) ?? [])
  return names.length > 1 ? `(${names.join(' OR ')})` : names[0]
}
