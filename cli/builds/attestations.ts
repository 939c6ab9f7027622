import { basename } from 'node:path'
import type { ProvenanceAttestation } from '../../builder/index.ts'
import { present } from '../../image-spec/index.ts'
import { parseGoBool } from '../../notation/index.ts'
import { CliError, usageError } from '../errors.ts'
import { parseCsvPairs } from '../flags/csv.ts'

export interface AttestationFlags {
  readonly attest: readonly string[]
  readonly provenance: string | undefined
  readonly sbom: string | undefined
}

const KEYS = ['type', 'disabled', 'mode', 'version', 'builder-id', 'reproducible', 'filename', 'inline-only']

export interface RequestedAttestations {
  readonly attestProvenance?: ProvenanceAttestation
  readonly attestSbom?: true
}

/** `--attest`, `--provenance` and `--sbom`. SPEC: docker buildx build --attest; as with buildx, the first of a type counts. */
export function parseAttestations({ attest, provenance, sbom }: AttestationFlags): RequestedAttestations {
  const flags = [
    ...attest.map((text) => ({ flag: `--attest ${text}`, pairs: parseCsvPairs('--attest', text) })),
    ...shorthand('provenance', provenance),
    ...shorthand('sbom', sbom),
  ]
  const types = new Set<string>()
  let requested: RequestedAttestations = {}
  for (const { flag, pairs } of flags) {
    const type = pairs.get('type') ?? ''
    if (types.has(type)) continue
    types.add(type)
    if (type !== 'provenance' && type !== 'sbom')
      throw usageError(`Cannot use "${flag}": unknown type "${type}" (expected type=provenance or type=sbom)`)
    if (boolOf(flag, 'disabled', pairs.get('disabled') ?? 'false')) continue
    if (type === 'sbom') refuseSbomOptions(flag, pairs)
    requested =
      type === 'sbom' ? { ...requested, attestSbom: true } : { ...requested, attestProvenance: optionsOf(flag, pairs) }
  }
  return requested
}

function shorthand(type: string, text: string | undefined) {
  if (text === undefined || text === '') return []
  const flag = `--${type}=${text}`
  if (text.includes('=')) return [{ flag, pairs: new Map([...parseCsvPairs(`--${type}`, text), ['type', type]]) }]
  const isOff = !boolOf(flag, type, text)
  return [
    {
      flag,
      pairs: new Map([
        ['type', type],
        ['disabled', String(isOff)],
      ]),
    },
  ]
}

function refuseSbomOptions(flag: string, pairs: ReadonlyMap<string, string>): void {
  if (pairs.has('generator'))
    throw new CliError(
      'CLI_UNSUPPORTED',
      `Cannot use "${flag}": tsbuild lists the packages itself, without a generator image`,
      {
        hint: 'Omit generator=, or run another scanner on the pushed image',
      },
    )
  for (const key of pairs.keys())
    if (key !== 'type' && key !== 'disabled')
      throw usageError(`Cannot use "${key}" in "${flag}": unknown attribute of an SBOM (expected type, disabled)`)
}

function optionsOf(flag: string, pairs: ReadonlyMap<string, string>): ProvenanceAttestation {
  for (const key of pairs.keys())
    if (!KEYS.includes(key))
      throw usageError(
        `Cannot use "${key}" in "${flag}": unknown attribute of provenance (expected ${KEYS.join(', ')})`,
      )
  const written = pairs.get('mode') ?? 'max' // SPEC: BuildKit's default
  const mode = written === 'full' ? 'max' : written // SPEC: a synonym in BuildKit
  if (mode !== 'min' && mode !== 'max') throw usageError(`Cannot use "mode=${mode}" in "${flag}": expected min or max`)
  const version = pairs.get('version') ?? 'v1'
  if (version !== 'v1' && version !== 'v0.2')
    throw usageError(`Cannot use "version=${version}" in "${flag}": expected v1 or v0.2`)
  return {
    mode,
    version,
    ...present('builderId', pairs.get('builder-id')),
    ...(boolOf(flag, 'reproducible', pairs.get('reproducible') ?? 'false') && { reproducible: true }),
    ...(boolOf(flag, 'inline-only', pairs.get('inline-only') ?? 'false') && { inlineOnly: true }),
    ...present('fileName', fileNameOf(flag, pairs.get('filename'))),
  }
}

/** SPEC: as in BuildKit, the last component of a path. */
function fileNameOf(flag: string, path: string | undefined): string | undefined {
  if (path === undefined) return undefined
  const name = basename(path)
  if (name === '' || name === '.' || name === '..')
    throw usageError(`Cannot use "filename=${path}" in "${flag}": not a file name`)
  return name
}

function boolOf(flag: string, key: string, value: string): boolean {
  const found = parseGoBool(value)
  if (found !== undefined) return found
  throw usageError(`Cannot use "${flag}": invalid value of ${key} (expected true or false)`)
}
