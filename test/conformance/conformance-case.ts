import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'

/** What a case needs in addition to its files: the words of `docker build`, and where its expectation comes from. */
export interface CaseOptions {
  /** Dockerfile within the folder; default `Dockerfile`. */
  readonly file?: string
  /** Builds made first: tag → Dockerfile within the folder. */
  readonly before?: Readonly<Record<string, string>>
  /** The context is not the folder but this archive, which `setup.sh` made of it; it comes by standard input. */
  readonly archive?: string
  /** `www` of the context is served; the Dockerfile has the address as build argument `ORIGIN`. */
  readonly server?: true
  /** With `server`: what to give as context instead of the folder; `ORIGIN` in it is the address. */
  readonly context?: string
  readonly buildArgs?: Readonly<Record<string, string>>
  readonly target?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly platform?: string
  /** Id → file within the folder. */
  readonly secrets?: Readonly<Record<string, string>>
  /** Name → folder within the folder, or a reference, or an address below `ORIGIN`. */
  readonly contexts?: Readonly<Record<string, string>>
  readonly hosts?: readonly (readonly [string, string])[]
  readonly sourceDateEpoch?: number
  /** Why docker is not asked: its engine is older than the feature. The expectation follows the Dockerfile reference. */
  readonly reference?: string
  /** With `reference`: a Dockerfile in older words that must give the same files and configuration; docker builds that. */
  readonly equivalent?: string
  /** With `reference`: it must be refused. */
  readonly refused?: true
  /** Why the history's text is not that of docker's engine, which is older: it follows BuildKit 0.34. */
  readonly history?: string
  /** Why tsbuild differs today. The case must fail as long as this is given. */
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
