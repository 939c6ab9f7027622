/** Secrets that must not be in an image. The search through layers belongs in sandbox-native/, when to search in builder/. */
export { describeFindings } from './describe-findings.ts'
export { type ImageToScan, type ScanReport, type SecretFinding, scanImage } from './scan-image.ts'
export { type SecretSources, type SecretValue, secretValues } from './secret-values.ts'
