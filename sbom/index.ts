/** Software bills of materials: packages of an image as SPDX and CycloneDX. Attaching them belongs in builder/. */
export { describeImage } from './describe-image.ts'
export { parseOsRelease } from './distribution.ts'
export { cycloneDxDocument } from './documents/cyclonedx.ts'
export type { DescribedImage } from './documents/described-image.ts'
export { spdxDocument } from './documents/spdx.ts'
export type * from './package.ts'
export { purlOf } from './purl.ts'
