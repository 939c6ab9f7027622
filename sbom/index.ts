/** Software bills of materials: the packages of an image, read from its package databases, as SPDX and CycloneDX. */
export { describeImage } from './describe-image.ts'
export { cycloneDxDocument } from './documents/cyclonedx.ts'
export type { DescribedImage } from './documents/described-image.ts'
export { spdxDocument } from './documents/spdx.ts'
export type * from './package.ts'
export { purlOf } from './purl.ts'
