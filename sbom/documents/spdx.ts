import { createHash } from 'node:crypto'
import { present } from '../../image-spec/index.ts'
import type { Package, Unread } from '../package.ts'
import { purlOf } from '../purl.ts'
import { createdAt, type DescribedImage, toolVersion, uuidOf } from './described-image.ts'
import { licenseRefsIn, spdxExpression } from './spdx-expression.ts'

const DOCUMENT = 'SPDXRef-DOCUMENT'
const IMAGE = 'SPDXRef-Image'
const MAX_LOCATIONS = 20

/** SPEC: SPDX 2.3, in JSON. */
export function spdxDocument(image: DescribedImage): object {
  const { name, id, inventory } = image
  const created = createdAt(image)
  const tool = `Tool: tsbuild-${toolVersion()}`
  const packages = inventory.packages.map(spdxPackage)
  return {
    spdxVersion: 'SPDX-2.3',
    dataLicense: 'CC0-1.0',
    SPDXID: DOCUMENT,
    name,
    documentNamespace: `https://spdx.org/spdxdocs/tsbuild-${uuidOf('spdx', toolVersion(), name, id)}`,
    creationInfo: { created, creators: [tool] },
    ...(inventory.unread.length > 0 && {
      annotations: inventory.unread.map((one) => unreadAnnotation(one, tool, created)),
    }),
    packages: [imagePackage(image), ...packages],
    ...extractedLicenses(packages),
    relationships: [
      { spdxElementId: DOCUMENT, relationshipType: 'DESCRIBES', relatedSpdxElement: IMAGE },
      ...packages.map(({ SPDXID }) => ({
        spdxElementId: IMAGE,
        relationshipType: 'CONTAINS',
        relatedSpdxElement: SPDXID,
      })),
    ],
  }
}

function unreadAnnotation({ path, reason }: Unread, annotator: string, annotationDate: string) {
  return { annotationType: 'OTHER', annotator, annotationDate, comment: `Could not read ${path}: ${reason}` }
}

/** SPEC: SPDX 2.3, 10: a document describes each `LicenseRef-` that it uses. Databases contain no license texts. */
function extractedLicenses(packages: readonly { readonly licenseDeclared: string }[]) {
  const ids = new Set(packages.flatMap(({ licenseDeclared }) => licenseRefsIn(licenseDeclared)))
  if (ids.size === 0) return {}
  const hasExtractedLicensingInfos = [...ids].sort().map((licenseId) => ({ licenseId, extractedText: 'NOASSERTION' }))
  return { hasExtractedLicensingInfos }
}

function imagePackage({ name, id, inventory: { distribution } }: DescribedImage) {
  const comment = distribution?.prettyName ?? distribution?.id
  return {
    SPDXID: IMAGE,
    name,
    versionInfo: id,
    primaryPackagePurpose: 'CONTAINER',
    ...(comment && { comment: `Distribution: ${comment}` }),
    ...NOT_ANALYZED,
    licenseDeclared: 'NOASSERTION',
  }
}

const NOT_ANALYZED = {
  downloadLocation: 'NOASSERTION',
  filesAnalyzed: false,
  copyrightText: 'NOASSERTION',
  licenseConcluded: 'NOASSERTION',
} as const

function spdxPackage(one: Package) {
  const purl = purlOf(one)
  const expression = spdxExpression(one.license)
  return {
    SPDXID: `SPDXRef-Package-${one.type}-${one.name.replace(/[^A-Za-z0-9.-]/g, '-')}-${shortHash(purl)}`,
    name:
      one.namespace && one.type !== 'deb' && one.type !== 'apk' && one.type !== 'rpm'
        ? `${one.namespace}/${one.name}`
        : one.name,
    ...(one.version && { versionInfo: one.version }),
    ...present('supplier', supplierOf(one.supplier ?? '')),
    ...NOT_ANALYZED,
    licenseDeclared: expression ?? 'NOASSERTION',
    ...(one.license && expression === undefined && { licenseComments: `Stated by the package: ${one.license}` }),
    sourceInfo: sourceInfoOf(one),
    externalRefs: [{ referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator: purl }],
  }
}

function sourceInfoOf({ source, locations }: Package): string {
  const places = locations.slice(0, MAX_LOCATIONS).join(', ')
  const more = locations.length > MAX_LOCATIONS ? ` and ${locations.length - MAX_LOCATIONS} more` : ''
  const built = source === undefined ? '' : `built package from: ${source}; `
  return `${built}found in: ${places}${more}`
}

/** `Name <address>` as SPDX writes it, which requires a name. */
function supplierOf(text: string): string | undefined {
  const open = text.lastIndexOf('<')
  const address = open >= 0 && text.endsWith('>') ? withoutBrackets(text.slice(open + 1, -1)) : ''
  const isPair = address !== '' && !address.includes('>')
  const name = withoutBrackets(isPair ? text.slice(0, open) : text)
  if (name === '') return address === '' ? undefined : `Organization: ${address}`
  return isPair ? `Organization: ${name} (${address})` : `Organization: ${name}`
}

function withoutBrackets(text: string): string {
  return text.replace(/[()]/g, '').trim()
}

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12)
}
