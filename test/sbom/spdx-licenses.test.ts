import { expect, test } from 'vitest'
import { spdxDocument } from '../../sbom/index.ts'

function documentOf(...licenses: readonly string[]) {
  const packages = licenses.map(
    (license) => ({ type: 'rpm', name: 'a', version: '1', locations: [], license }) as const,
  )
  const image = { name: 'x', id: 'sha256:0', created: undefined, inventory: { packages, unread: [] } }
  return JSON.parse(JSON.stringify(spdxDocument(image)))
}

test('licenses outside the list of SPDX are declared, and described by the document', () => {
  const { packages, hasExtractedLicensingInfos } = documentOf('LicenseRef-Public AND (MIT OR LicenseRef-B)', 'MIT')
  expect(packages[1]).toMatchObject({ licenseDeclared: 'LicenseRef-Public AND (MIT OR LicenseRef-B)' })
  expect(hasExtractedLicensingInfos).toEqual([
    { licenseId: 'LicenseRef-B', extractedText: 'NOASSERTION' },
    { licenseId: 'LicenseRef-Public', extractedText: 'NOASSERTION' },
  ])
  expect(documentOf('MIT')).not.toHaveProperty('hasExtractedLicensingInfos')
})

test('a license of another document is a comment', () => {
  const { packages } = documentOf('DocumentRef-x:LicenseRef-y')
  expect(packages[1]).toMatchObject({
    licenseDeclared: 'NOASSERTION',
    licenseComments: 'Stated by the package: DocumentRef-x:LicenseRef-y',
  })
})
