import type { BuildRequest, SecretScan } from './builder.ts'

/** Pushed images are searched unless the request specifies otherwise. */
export function secretScanOf({ scanSecrets, outputs = [] }: BuildRequest): SecretScan {
  const isPushed = outputs.some((output) => output.type === 'image' && output.push === true)
  return scanSecrets ?? (isPushed ? 'warn' : 'off')
}
