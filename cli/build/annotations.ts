import { CliError, usageError } from '../errors.ts'
import { keyValues } from '../flags/key-values.ts'

/** `key=value`, perhaps with `manifest:` in front; the other places of buildx are parts of indexes, which are not made. */
export function parseAnnotations(given: readonly string[]): Readonly<Record<string, string>> | undefined {
  if (given.length === 0) return undefined
  return keyValues('--annotation', given.map(withoutPlace))
}

function withoutPlace(text: string): string {
  const places = /^([a-z-]+(?:\[[^\]]*\])?(?:,[a-z-]+(?:\[[^\]]*\])?)*):/.exec(text)?.[1]
  if (!text.includes('=')) throw usageError(`Cannot read "--annotation ${text}": the value is missing (want key=value)`)
  if (places === undefined) return text
  if (places === 'manifest') return text.slice('manifest:'.length)
  throw new CliError(
    'CLI_UNSUPPORTED',
    `Cannot use "--annotation ${text}": only manifests are annotated (want manifest: or none)`,
  )
}
