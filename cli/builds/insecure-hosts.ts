import { parseReference } from '../../image-spec/index.ts'
import { parseGoBool } from '../../notation/index.ts'
import { parseCsvPairs } from '../flags/csv.ts'
import type { FlagValues, globalFlags } from '../flags/flag-table.ts'
import type { buildFlags } from './build-flags.ts'

const CACHE_FLAGS = ['cache-from', 'cache-to', 'cache-mounts-from', 'cache-mounts-to'] as const
type Values = Pick<FlagValues<typeof buildFlags>, 'output' | 'tag' | (typeof CACHE_FLAGS)[number]> &
  Pick<FlagValues<typeof globalFlags>, 'insecure-registry'>

/** With the hosts that `registry.insecure=true` of an output or a cache means. Undefined where there are none. */
export function insecureHostsOfBuild(values: Values): readonly string[] | undefined {
  const outputs = values.output.map(pairsOf).filter(isInsecure)
  const pushed = outputs.flatMap((pairs) => [...(pairs.get('name')?.split(',') ?? []), ...values.tag])
  const caches = CACHE_FLAGS.flatMap((flag) => values[flag].map(pairsOf).filter(isInsecure))
  const names = [...pushed, ...caches.map((pairs) => pairs.get('ref') ?? '')].filter((name) => name !== '')
  if (names.length === 0) return undefined
  return [...values['insecure-registry'], ...names.map((name) => parseReference(name).host)]
}

function pairsOf(text: string): ReadonlyMap<string, string> {
  return text.includes('=') ? parseCsvPairs(text) : new Map()
}

function isInsecure(pairs: ReadonlyMap<string, string>): boolean {
  return parseGoBool(pairs.get('registry.insecure') ?? '') === true
}
