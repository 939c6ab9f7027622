import type { BuildRequest, SecretScan } from './builder.ts'

/** What is pushed is searched unless the request states otherwise. */
export function secretScanOf({ scanSecrets, outputs = [] }: BuildRequest): SecretScan {
  const isPushed = outputs.some((output) => output.type === 'image' && output.push === true)
  return scanSecrets ?? (isPushed ? 'warn' : 'off')
}
