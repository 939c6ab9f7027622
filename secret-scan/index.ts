/** Secrets that must not be in an image: values of a build and keys of known forms, in layers, configuration and history. */
export { describeFindings } from './describe-findings.ts'
export { type ImageToScan, type ScanReport, type SecretFinding, scanImage } from './scan-image.ts'
export { type SecretSources, type SecretValue, secretValues } from './secret-values.ts'
