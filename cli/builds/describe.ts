import type { DockerfileDescription } from '../../builder/index.ts'
import { annotationsWanted, findingAnnotations } from '../ci/github-annotations.ts'
import { inertText } from '../ci/inert-text.ts'
import type { Io } from '../command.ts'
import { usageError } from '../errors.ts'
import { exitCodes } from '../exit-codes.ts'
import type { FlagValues } from '../flags/flag-table.ts'
import { alignColumns } from '../output/align-columns.ts'
import { jsonText } from '../output/json-text.ts'
import type { buildFlags } from './build-flags.ts'
import { checkCodeQuality } from './check-code-quality.ts'
import { checkJunit } from './check-junit.ts'
import { checkSarif } from './check-sarif.ts'
import { checkDocument, isInDocument, outlineDocument, REQUESTS, targetsDocument } from './description-documents.ts'
import { findingText } from './finding-text.ts'

/** `--call` with a method that describes the Dockerfile. */
export interface DescribeCall {
  readonly what: 'check' | 'outline' | 'targets'
  readonly format: Format
}

type Format = 'text' | 'json' | (typeof CHECK_FORMATS)[number]

/** Formats of findings for other programs. */
const CHECK_FORMATS = ['sarif', 'junit', 'codequality'] as const

/** `--call` with the method that lists the methods, which needs no Dockerfile. */
export interface ListCall {
  readonly what: 'subrequests.describe'
  readonly format: Format
}

const WHATS: Readonly<Record<string, (DescribeCall | ListCall)['what']>> = {
  check: 'check',
  lint: 'check',
  outline: 'outline',
  targets: 'targets',
  'subrequests.describe': 'subrequests.describe',
}

/** Undefined for a build. */
export function readCall(
  values: Pick<FlagValues<typeof buildFlags>, 'call' | 'check'>,
): DescribeCall | ListCall | undefined {
  const [name = '', ...options] = (values.check && values.call === 'build' ? 'check' : values.call).split(',')
  const format = options.map((option) => /^format=(json|text|sarif|junit|codequality)$/.exec(option)?.[1])
  if (format.includes(undefined))
    throw usageError(
      `Cannot use "--call ${values.call}": unknown option (expected format=json or format=text; for check also format=sarif, format=junit or format=codequality)`,
    )
  if (name === 'build' && options.length === 0) return undefined
  const what = Object.hasOwn(WHATS, name) ? WHATS[name] : undefined
  if (what === undefined)
    throw usageError(
      `Cannot use "--call ${values.call}": unknown method (expected build, check, outline, targets or subrequests.describe)`,
    )
  const form = (format.at(-1) ?? 'text') as Format
  if (what !== 'check' && form !== 'text' && form !== 'json')
    throw usageError(`Cannot use "--call ${values.call}": format ${form} is for check only`)
  return what === 'subrequests.describe' ? { what, format: form } : { what, format: form }
}

/**
 * Writes the result. The exit code of a check is 1 if there are findings; outlines and targets require a valid
 * Dockerfile.
 */
export function writeDescription(
  description: DockerfileDescription & { readonly file?: string | undefined },
  { what, format }: DescribeCall,
  io: Io,
): number {
  const { diagnostics, source, file } = description
  const errors = diagnostics.filter(({ severity }) => severity === 'error')
  const isBroken = what !== 'check' && (description.targets === undefined || missesTarget(description, what))
  if (isBroken) {
    io.stderr.write(inertText(errors.map((error) => findingText(error, source)).join(''), io.env))
    return exitCodes.badInput
  }
  if (what === 'check') return writeCheck(description, file, { format, io })
  const writers = { outline: outlineText, targets: targetsText }
  const documents = { outline: outlineDocument, targets: targetsDocument }
  io.stdout.write(
    format === 'json' ? asJson(documents[what](description)) : inertText(writers[what](description), io.env),
  )
  return exitCodes.ok
}

/** The document of `--metadata-file` for a call, with the keys of buildx. Undefined if there is no result. */
export function descriptionMetadata(
  description: DockerfileDescription,
  what: DescribeCall['what'],
): Readonly<Record<string, unknown>> | undefined {
  if (what !== 'check' && (description.targets === undefined || missesTarget(description, what))) return undefined
  const { diagnostics, source } = description
  const version = '1.0.0'
  if (what === 'outline')
    return { 'result.json': outlineDocument(description), 'result.txt': outlineText(description), version }
  if (what === 'targets')
    return { 'result.json': targetsDocument(description), 'result.txt': targetsText(description), version }
  return {
    'result.json': checkDocument(description),
    'result.statuscode': diagnostics.some(isInDocument) ? '1' : '0',
    'result.txt': diagnostics.map((finding) => findingText(finding, source)).join('\n'),
    version,
  }
}

/**
 * Reports use the file's path in the repository; in a job of GitHub Actions or compatible systems, findings are
 * annotations too.
 */
function writeCheck(
  description: DockerfileDescription,
  file: string | undefined,
  { format, io }: { readonly format: Format; readonly io: Io },
): number {
  const { source, diagnostics } = description
  const named = { ...description, source: { ...source, name: file ?? source.name } }
  const writers: Readonly<Record<Format, () => string>> = {
    text: () => inertText(checkText(description), io.env),
    json: () => asJson(checkDocument(description)),
    sarif: () => asJson(checkSarif(named)),
    junit: () => checkJunit(named),
    codequality: () => asJson(checkCodeQuality(named)),
  }
  io.stdout.write(writers[format]())
  if (annotationsWanted(io.env)) io.stderr.write(findingAnnotations(description, file))
  const shown = format === 'json' ? diagnostics.filter(isInDocument) : diagnostics
  return shown.length > 0 ? exitCodes.failed : exitCodes.ok
}

function asJson(document: unknown): string {
  return `${jsonText(document, 2)}\n`
}

function missesTarget({ outline }: DockerfileDescription, what: DescribeCall['what']): boolean {
  return what === 'outline' && outline === undefined
}

function checkText({ diagnostics, source }: DockerfileDescription): string {
  const count = diagnostics.length
  if (count === 0) return 'Check complete, no warnings found.\n'
  const found = count === 1 ? '1 warning has been found!' : `${count} warnings have been found!`
  return `Check complete, ${found}\n\n${diagnostics.map((finding) => findingText(finding, source)).join('\n')}`
}

export function writeCalls({ format }: ListCall, io: Io): number {
  io.stdout.write(format === 'json' ? asJson(REQUESTS) : requestsText())
  return exitCodes.ok
}

function requestsText(): string {
  const rows = REQUESTS.map(({ name, version, description }) =>
    [name.replace('frontend.', ''), version, description].join('\t'),
  )
  return alignNarrowly(['NAME\tVERSION\tDESCRIPTION', ...rows])
}

/** SPEC: buildkit frontend/subrequests: one space between columns of lists, three in the tables of an outline. */
function alignNarrowly(lines: readonly string[]): string {
  return alignColumns(lines, 0, 1)
}

function targetsText({ targets = [] }: DockerfileDescription): string {
  const rows = targets.map(({ name, isDefault, description }, index) => {
    const named = name ?? (isDefault ? undefined : `(stage ${index})`)
    return `${[...(named ? [named] : []), ...(isDefault ? ['(default)'] : [])].join(' ')}\t${description ?? ''}`
  })
  return alignNarrowly(['TARGET\tDESCRIPTION', ...rows])
}

function outlineText({ outline }: DockerfileDescription): string {
  const { name, description, args = [], secrets = [], ssh = [], caches = [] } = outline ?? {}
  const head = [...(name ? [`TARGET:\t${name}`] : []), ...(description ? [`DESCRIPTION:\t${description}`] : [])]
  const argRows = args.map((arg) => `${arg.name}\t${arg.value ?? ''}\t${arg.description ?? ''}`)
  const tables = [
    table('BUILD ARG\tVALUE\tDESCRIPTION', argRows),
    table(
      'SECRET\tREQUIRED',
      secrets.map(({ name: id, required }) => `${id}\t${required ? 'true' : ''}`),
    ),
    table(
      'SSH\tREQUIRED',
      ssh.map(({ name: id, required }) => `${id}\t${required ? 'true' : ''}`),
    ),
    table(
      'CACHE',
      caches.map(({ name: id }) => id),
    ),
  ].filter((lines) => lines.length > 0)
  const parts = [...(head.length > 0 ? [alignNarrowly(head)] : []), ...tables.map((lines) => alignColumns(lines, 0))]
  return parts.map((part) => `${part}\n`).join('')
}

function table(title: string, rows: readonly string[]): readonly string[] {
  return rows.length === 0 ? [] : [title, ...rows]
}
