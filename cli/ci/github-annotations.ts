import { relative, resolve } from 'node:path'
import type { BuildWarning, DockerfileDescription } from '../../builder/index.ts'
import type { Io } from '../command.ts'
import { ciSystem } from './ci-system.ts'

type Range = NonNullable<BuildWarning['range']>

export interface Annotation {
  readonly level: 'warning' | 'error'
  /** Relative to the repository; absent for files outside it. */
  readonly file?: string | undefined
  readonly range?: Range | undefined
  readonly title: string
  readonly message: string
}

/** SPEC: docker/build-push-action: DOCKER_BUILD_CHECKS_ANNOTATIONS. */
export function annotationsWanted(env: Io['env']): boolean {
  return ciSystem(env) === 'github' && env['DOCKER_BUILD_CHECKS_ANNOTATIONS'] !== 'false'
}

/** SPEC: GitHub workflow commands: `::warning file=…,line=…,endLine=…,title=…::message`. */
export function annotationLine({ level, file, range, title, message }: Annotation): string {
  const properties = [
    ...(file === undefined ? [] : [`file=${escapeProperty(file)}`]),
    ...(file === undefined || range === undefined ? [] : [`line=${range.start.line}`, `endLine=${lastLine(range)}`]),
    `title=${escapeProperty(title)}`,
  ]
  return `::${level} ${properties.join(',')}::${escapeData(message)}\n`
}

/** Annotations of `--check`. */
export function findingAnnotations(description: DockerfileDescription, file: string | undefined): string {
  return description.diagnostics
    .map(({ severity, code, message, range }) => annotationLine({ level: severity, file, range, title: code, message }))
    .join('')
}

/** The path relative to the root of the repository, as GitHub and GitLab use it. Undefined for files outside it. */
export function fileInRepository(path: string, io: Pick<Io, 'env' | 'cwd'>): string | undefined {
  const file = relative(resolve(io.env['GITHUB_WORKSPACE'] ?? io.env['CI_PROJECT_DIR'] ?? io.cwd), path)
  return file === '' || file.startsWith('..') ? undefined : file
}

/** A range that ends at the first column ends with the previous line. */
function lastLine({ start, end }: Range): number {
  return Math.max(start.line, end.column > 1 ? end.line : end.line - 1)
}

/** SECURITY: a line break would allow the Dockerfile's author to inject a command. */
function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
}
