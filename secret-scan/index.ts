/** Secrets that must not be in an image. The search through layers belongs in sandbox-native/, when to search in builder/. */
export { describeFindings } from './describe-findings.ts'
export { scanImage } from './scan-image.ts'
export { secretValues } from './secret-values.ts'
