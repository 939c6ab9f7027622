import type { StepLimits } from '../../builder/index.ts'
import { usageError } from '../errors.ts'
import { parseCsvPairs } from '../flags/csv.ts'
import type { FlagValues } from '../flags/flag-table.ts'
import { byteFlag, integerFlag } from '../flags/numbers.ts'
import { rlimit } from '../flags/rlimit.ts'
import type { buildFlags } from './build-flags.ts'

type Values = Pick<
  FlagValues<typeof buildFlags>,
  | 'memory'
  | 'memory-swap'
  | 'cpu-quota'
  | 'cpu-period'
  | 'cpu-shares'
  | 'cpuset-cpus'
  | 'shm-size'
  | 'ulimit'
  | 'cgroup-parent'
  | 'resource'
  | 'userns'
>

/** Limits of every RUN step from `--memory` and similar flags; empty without limits. Zero means no limit, as in docker. */
export function parseStepLimits(flags: Values): StepLimits {
  const values = { ...flags, ...resources(flags.resource) }
  const memoryBytes = atLeast('--memory', byteFlag('--memory', values.memory), 6 << 20)
  const limits = {
    memoryBytes,
    memorySwapBytes: swapOf(values['memory-swap'], memoryBytes),
    cpuQuotaUs: atLeast('--cpu-quota', numberOf(values, 'cpu-quota'), 1000),
    cpuPeriodUs: atLeast('--cpu-period', numberOf(values, 'cpu-period'), 1000),
    cpuShares: atLeast('--cpu-shares', numberOf(values, 'cpu-shares'), 2),
    cpusetCpus: cpuset(values['cpuset-cpus']),
    shmSizeBytes: byteFlag('--shm-size', values['shm-size']) || undefined,
    cgroupParent: cgroupParent(values['cgroup-parent']),
    userns: userNamespace(values.userns),
    rlimits: values.ulimit.length > 0 ? values.ulimit.map(rlimit) : undefined,
  }
  return Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined))
}

const USER_NAMESPACES = ['auto', 'host', 'nomap'] as const

function userNamespace(text: string | undefined): StepLimits['userns'] {
  if (text === undefined || text === '') return undefined
  const mode = USER_NAMESPACES.find((known) => known === text)
  if (mode === undefined)
    throw usageError(`Cannot use "--userns ${text}": unknown mode (expected ${USER_NAMESPACES.join(', ')})`)
  return mode
}

const RESOURCES = ['memory', 'memory-swap', 'cpu-quota', 'cpu-period', 'cpu-shares', 'cpuset-cpus'] as const

/** The same in newer docker versions: `--resource memory=512m,cpu-shares=512`. */
function resources(texts: readonly string[]): Partial<Values> {
  const pairs = texts.flatMap((text) =>
    [...parseCsvPairs('--resource', text)].map(([key, value]) => ({ text, key, value })),
  )
  const wrong = pairs.find(({ key }) => !RESOURCES.some((one) => one === key))
  if (wrong !== undefined)
    throw usageError(
      `Cannot use "${wrong.key}" in "--resource ${wrong.text}": unknown resource (expected ${RESOURCES.join(', ')})`,
    )
  return Object.fromEntries(pairs.map(({ key, value }) => [key, value]))
}

function numberOf(values: Values, flag: 'cpu-quota' | 'cpu-period' | 'cpu-shares'): number | undefined {
  return integerFlag(`--${flag}`, values[flag])
}

function atLeast(flag: string, value: number | undefined, least: number): number | undefined {
  if (value === undefined || value === 0) return undefined
  if (value < least) throw usageError(`Cannot use "${flag} ${value}": too small (expected at least ${least})`)
  return value
}

function swapOf(text: string | undefined, memoryBytes: number | undefined): number | undefined {
  const bytes = text === '-1' ? -1 : byteFlag('--memory-swap', text)
  if (bytes === undefined || bytes === 0) return undefined
  if (memoryBytes === undefined)
    throw usageError(`Cannot use "--memory-swap ${text}": the limit includes memory (expected --memory as well)`)
  if (bytes !== -1 && bytes < memoryBytes)
    throw usageError(`Cannot use "--memory-swap ${text}": less than --memory (expected the sum of memory and swap)`)
  return bytes
}

function cpuset(text: string | undefined): string | undefined {
  if (text === undefined || text === '') return undefined
  if (/^\d+(?:-\d+)?(?:,\d+(?:-\d+)?)*$/.test(text)) return text
  throw usageError(`Cannot read "--cpuset-cpus ${text}": not a list of CPUs (expected 0-3 or 0,1)`)
}

/** SECURITY: the path must be below the root of the hierarchies. */
function cgroupParent(text: string | undefined): string | undefined {
  if (text === undefined || text === '') return undefined
  const names = text.replace(/^\//, '').split('/')
  if (names.every((name) => name !== '' && name !== '.' && name !== '..')) return text
  throw usageError(`Cannot read "--cgroup-parent ${text}": not a plain path (expected /name/name)`)
}
