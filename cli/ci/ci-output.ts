import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { resolve } from 'node:path'
import { type BuildEvent, type BuildRequest, type BuildResult, createStepBoard } from '../../builder/index.ts'
import { messageOf } from '../../errors/index.ts'
import type { Io } from '../command.ts'
import { CliError } from '../errors.ts'
import type { CiSystem } from './ci-system.ts'
import { commitLinks } from './commit-links.ts'
import { annotationLine, annotationsWanted, fileInRepository } from './github-annotations.ts'
import { logGroup } from './log-group.ts'
import { type Summary, stepSummary } from './step-summary.ts'

/** One build in a job of a CI system. */
export interface CiOutput {
  event(event: BuildEvent): void
  /** The progress has ended: closes its group and annotates the warnings. */
  end(): void
  succeeded(result: BuildResult, lines: readonly string[]): Promise<void>
  failed(error: unknown): Promise<void>
}

export interface CiOutputOptions {
  readonly system: CiSystem
  readonly request: Pick<BuildRequest, 'context' | 'dockerfile'>
  /** False where standard error is for another program to read, or silent. */
  readonly showsProgress: boolean
}

export function openCiOutput({ system, request, showsProgress }: CiOutputOptions, io: Io): CiOutput {
  const board = createStepBoard()
  const startedAtMs = Date.now()
  const group = showsProgress ? logGroup(system, 'Build progress') : { start: '', end: '' }
  const annotates = showsProgress && annotationsWanted(io.env)
  const file = dockerfileInRepository(request, io)
  const links = commitLinks(file, io.env)
  let hasSummary = false
  const summarize = async (summary: Omit<Summary, 'board' | 'durationMs' | 'links'>) => {
    if (hasSummary) return
    hasSummary = true
    await writeSummary({ board, durationMs: Date.now() - startedAtMs, links, ...summary }, system, io)
  }
  io.stderr.write(group.start)
  return {
    event: (event) => void board.take(event),
    end() {
      io.stderr.write(group.end)
      if (!annotates) return
      for (const { code, message, range } of board.warnings)
        io.stderr.write(annotationLine({ level: 'warning', file, range, title: code, message }))
    },
    succeeded: (result, lines) => summarize({ result, lines }),
    async failed(error) {
      const failure = messageOf(error)
      if (annotates)
        for (const place of placesOf(error)) io.stderr.write(annotationLine({ level: 'error', file, ...place }))
      // The error of the build is the one to report.
      await summarize({ lines: [], failure }).catch((cause) => io.stderr.write(`WARNING: ${messageOf(cause)}\n`))
    },
  }
}

/** Undefined if the Dockerfile is not a file of the job. */
export function dockerfileInRepository(request: CiOutputOptions['request'], io: Io): string | undefined {
  const { context, dockerfile } = request
  if (context.kind !== 'directory' || (dockerfile !== undefined && 'text' in dockerfile)) return undefined
  return fileInRepository(resolve(context.path, dockerfile?.path ?? 'Dockerfile'), io)
}

type AnnotationTarget = Pick<Parameters<typeof annotationLine>[0], 'range' | 'title' | 'message'>

/** Errors of a build have a location, or a diagnostic for each mistake. */
function placesOf(error: unknown): readonly AnnotationTarget[] {
  if (!(error instanceof Error)) return []
  const { code, range, diagnostics } = error as Error & {
    readonly code?: string
    readonly range?: AnnotationTarget['range']
    readonly diagnostics?: readonly {
      readonly code: string
      readonly message: string
      readonly range: AnnotationTarget['range']
    }[]
  }
  if (diagnostics !== undefined && diagnostics.length > 0)
    return diagnostics.map((one) => ({ title: one.code, message: one.message, range: one.range }))
  return [{ title: code ?? 'Build failed', message: error.message, range }]
}

/** SECURITY: a pipe without a reader must not block the command. */
const APPEND = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NONBLOCK

/** SPEC: docker/build-push-action: DOCKER_BUILD_SUMMARY. */
async function writeSummary(summary: Summary, system: CiSystem, io: Io): Promise<void> {
  const path = io.env['GITHUB_STEP_SUMMARY'] ?? ''
  if (system !== 'github' || path === '' || io.env['DOCKER_BUILD_SUMMARY'] === 'false') return
  try {
    const file = await open(path, APPEND)
    await file.appendFile(`${stepSummary(summary)}\n`).finally(() => file.close())
  } catch (cause) {
    throw new CliError('CLI_OUTPUT_FAILED', `Cannot write the step summary "${path}": ${messageOf(cause)}`, { cause })
  }
}
