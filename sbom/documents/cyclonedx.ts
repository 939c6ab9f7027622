import type { Distribution, Package } from '../package.ts'
import { purlOf } from '../purl.ts'
import { createdAt, type DescribedImage, toolVersion, uuidOf } from './described-image.ts'
import { spdxExpression } from './spdx-expression.ts'

const IMAGE = 'image'
const MAX_LOCATIONS = 20

/** SPEC: CycloneDX 1.6, in JSON. */
export function cycloneDxDocument(image: DescribedImage): object {
  const { name, id, inventory } = image
  const { distribution, packages, unread } = inventory
  const missed = unread.map(({ path, reason }) => ({ name: 'tsbuild:unread', value: `${path}: ${reason}` }))
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    serialNumber: `urn:uuid:${uuidOf('cyclonedx', toolVersion(), name, id)}`,
    version: 1,
    metadata: {
      timestamp: createdAt(image),
      tools: { components: [{ type: 'application', name: 'tsbuild', version: toolVersion() }] },
      component: { type: 'container', 'bom-ref': IMAGE, name, version: id },
      ...(missed.length > 0 && { properties: missed }),
    },
    components: [...(distribution ? [systemOf(distribution)] : []), ...packages.map(componentOf)],
    compositions: [{ aggregate: missed.length > 0 ? 'incomplete' : 'unknown', assemblies: [IMAGE] }],
  }
}

function systemOf({ id, versionId, prettyName }: Distribution) {
  return {
    type: 'operating-system',
    'bom-ref': 'distribution',
    name: id,
    ...(versionId && { version: versionId }),
    ...(prettyName && { description: prettyName }),
  }
}

function componentOf(one: Package) {
  const purl = purlOf(one)
  const locations = one.locations.slice(0, MAX_LOCATIONS)
  return {
    type: 'library',
    'bom-ref': purl,
    ...(one.supplier && { supplier: { name: one.supplier } }),
    ...(one.namespace && { group: one.namespace }),
    name: one.name,
    ...(one.version && { version: one.version }),
    ...(one.license && { licenses: licensesOf(one.license) }),
    purl,
    properties: [
      ...(one.source ? [{ name: 'tsbuild:source', value: one.source }] : []),
      ...locations.map((value) => ({ name: 'tsbuild:location', value })),
    ],
  }
}

function licensesOf(license: string) {
  const expression = spdxExpression(license)
  return expression === undefined ? [{ license: { name: license } }] : [{ expression }]
}
