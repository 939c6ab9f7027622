import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'

/** Settings of a case in addition to its files: flags of `docker build`, and the source of its expectation. */
export interface CaseOptions {
  /** Dockerfile within the folder; default `Dockerfile`. */
  readonly file?: string
  /** Images built first: tag → Dockerfile within the folder. */
  readonly before?: Readonly<Record<string, string>>
  /** This archive, created by `setup.sh`, is passed on standard input as the context instead of the folder. */
  readonly archive?: string
  /** `www` in the context is served; the Dockerfile gets its address as build argument `ORIGIN`. */
  readonly server?: true
  /** With `server`: the context to use instead of the folder; `ORIGIN` is replaced by the address. */
  readonly context?: string
  readonly buildArgs?: Readonly<Record<string, string>>
  readonly target?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly platform?: string
  /** ID → file within the folder. */
  readonly secrets?: Readonly<Record<string, string>>
  /** Name → folder within the folder, a reference, or an address below `ORIGIN`. */
  readonly contexts?: Readonly<Record<string, string>>
  readonly hosts?: readonly (readonly [string, string])[]
  readonly sourceDateEpoch?: number
  /**
   * Why docker's result is not recorded: its engine is older than the feature. The expectation follows the reference.
   */
  readonly reference?: string
  /**
   * With `reference`: an equivalent Dockerfile in older syntax, which docker builds to the same files and
   * configuration.
   */
  readonly equivalent?: string
  /** With `reference`: it must be refused. */
  readonly refused?: true
  /** Why the history does not follow docker's older engine, but BuildKit 0.34. */
  readonly history?: string
  /** Why tsbuild currently differs. The case must fail as long as this is set. */
  readonly known?: string
}

export interface ConformanceCase {
  readonly name: string
  readonly folder: string
  readonly options: CaseOptions
}

const OPTIONS: ReadonlySet<string> = new Set<keyof CaseOptions>([
  'file',
  'before',
  'archive',
  'server',
  'context',
  'buildArgs',
  'target',
  'labels',
  'platform',
  'secrets',
  'contexts',
  'hosts',
  'sourceDateEpoch',
  'reference',
  'equivalent',
  'refused',
  'history',
  'known',
])

/** All cases below a folder, by name. */
export function listCases(folder: string): readonly ConformanceCase[] {
  return readdirSync(folder)
    .sort()
    .map((name) => readCase(join(folder, name)))
}

export function readCase(folder: string): ConformanceCase {
  return { name: basename(folder), folder, options: readOptions(folder) }
}

function readOptions(folder: string): CaseOptions {
  if (!readdirSync(folder).includes('case.json')) return {}
  const path = join(folder, 'case.json')
  const options: unknown = JSON.parse(readFileSync(path, 'utf8'))
  if (typeof options !== 'object' || options === null) throw new Error(`"${path}" is no object`)
  const unknown = Object.keys(options).filter((key) => !OPTIONS.has(key))
  if (unknown.length > 0) throw new Error(`"${path}" has the unknown option "${unknown[0]}"`)
  return options
}
