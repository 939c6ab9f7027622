import { splitPair } from '../../notation/index.ts'
import { badRule } from './tag-rule.ts'

/** The flavor of docker/metadata-action: settings for all tags. */
export interface Flavor {
  readonly latest: 'auto' | 'true' | 'false'
  readonly prefix: string
  readonly suffix: string
  /** `onlatest=true` after prefix or suffix: also applies to `latest`. */
  readonly prefixLatest: boolean
  readonly suffixLatest: boolean
}

export function parseFlavor(lines: readonly string[]): Flavor {
  let flavor: Flavor = { latest: 'auto', prefix: '', suffix: '', prefixLatest: false, suffixLatest: false }
  for (const line of lines) {
    let last = ''
    for (const field of line.split(',')) {
      const [name, value] = splitPair(field).map((part) => part?.trim())
      if (name === 'latest' && value !== undefined && ['auto', 'true', 'false'].includes(value)) {
        flavor = { ...flavor, latest: value as Flavor['latest'] }
      } else if (value !== undefined && (name === 'prefix' || name === 'suffix')) flavor = { ...flavor, [name]: value }
      else if (name === 'onlatest' && (last === 'prefix' || last === 'suffix')) {
        flavor = { ...flavor, [`${last}Latest`]: value === 'true' }
      } else throw badRule(line, 'not a flavor')
      last = name
    }
  }
  return flavor
}
