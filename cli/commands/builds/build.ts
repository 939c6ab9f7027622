import { type BuildEvent, createReport, type ProgressMode, type Report, renderError } from '../../../builder/index.ts'
import type { BuildOptions } from '../../../engine/index.ts'
import { present } from '../../../image-spec/index.ts'
import { buildFlags } from '../../builds/build-flags.ts'
import { buildRequest, type ParsedBuild } from '../../builds/build-request.ts'
import type { BuildUi } from '../../builds/build-ui.ts'
import {
  type DescribeCall,
  descriptionMetadata,
  readCall,
  writeCalls,
  writeDescription,
} from '../../builds/describe.ts'
import { type ExplainedStep, explainDocument, explainLines } from '../../builds/explain-lines.ts'
import { resultLines } from '../../builds/result-lines.ts'
import {
  metadata,
  metadataProvenance,
  refuseResultFiles,
  writeMetadata,
  writeResults,
} from '../../builds/write-results.ts'
import { ciSystem } from '../../ci/ci-system.ts'
import type { CiOutput, CiOutputOptions } from '../../ci/index.ts'
import { inertTarget, inertText } from '../../ci/inert-text.ts'
import { type Call, defineCommand, type Io } from '../../command.ts'
import { usageError } from '../../errors.ts'
import { exitCodeOf, exitCodes } from '../../exit-codes.ts'
import { countFlag } from '../../flags/numbers.ts'
import { jsonText } from '../../output/json-text.ts'
import { readerPressure } from '../../terminal/reader-pressure.ts'

export const build = defineCommand({
  usage: '[OPTIONS] PATH | URL | -',
  flags: buildFlags,
  positionals: { min: 1, max: 1 },
  completes: 'directory',
  notes: [
    'PATH is a directory, URL a git repository (repo.git#ref:directory) or an archive, and - an archive or a Dockerfile on standard input.',
    'Accepted without effect: --rm, --force-rm, --compress, --disable-content-trust.',
  ].join('\n'),
  async run(call) {
    const { values, positionals, io, interrupt } = call
    const subrequest = readCall(values)
    if (subrequest?.what === 'subrequests.describe') return writeCalls(subrequest, io)
    const parsed = await buildRequest(values, positionals[0] ?? '.', { io, interrupt })
    return subrequest === undefined ? runBuild(call, parsed) : describe(call, parsed.request, subrequest)
  },
})

type BuildCall = Call<typeof buildFlags>

/** `--call` and `--check`: describe the Dockerfile without a build. */
async function describe(call: BuildCall, request: BuildOptions, subrequest: DescribeCall): Promise<number> {
  const { values, io, engine, interrupt } = call
  const { builder } = await engine()
  const description = await builder.describe({ ...request, signal: interrupt.signal })
  const document = descriptionMetadata(description, subrequest.what)
  if (document !== undefined && values['metadata-file'] !== undefined)
    await writeMetadata(document, values['metadata-file'], io)
  const { dockerfileInRepository } = await import('../../ci/index.ts')
  return writeDescription({ ...description, file: dockerfileInRepository(request, io) }, subrequest, io)
}

async function runBuild(call: BuildCall, { request, insecureHosts }: ParsedBuild): Promise<number> {
  const { values, io, engine, interrupt } = call
  refuseImageId(values.iidfile, request)
  await refuseResultFiles(values, io)
  const jobs = countFlag('--jobs', values.jobs)
  const { builder, store } = await engine({
    ...present('maxParallelSteps', jobs),
    ...(insecureHosts.length > 0 && { insecureHosts: [...values['insecure-registry'], ...insecureHosts] }),
  })
  const shown = await openProgress(call, request)
  try {
    const explain = values.explain !== undefined || values.ui
    const signal = shown.ui?.signal ?? interrupt.signal
    const reportsProvenance = values['metadata-file'] !== undefined && metadataProvenance(io.env) !== 'disabled'
    const result = await builder.build({ ...request, explain, reportsProvenance, onEvent: shown.onEvent, signal })
    shown.end()
    shown.ui?.succeeded(result)
    await writeResults(result, values, io)
    shown.report.result?.(await metadata(result, io.env))
    const isWanted = shown.isForPeople || shown.ci !== undefined
    const lines = isWanted ? await resultLines(result, request.outputs ?? [], store) : []
    if (shown.isForPeople) io.stderr.write(inertText(`\n${lines.join('\n')}\n`, io.env))
    await shown.ci?.succeeded(result, lines)
    await shown.ui?.stay()
    return 0
  } catch (error) {
    shown.end()
    return await failed(error, call, shown)
  } finally {
    await shown.ui?.close()
  }
}

function refuseImageId(file: string | undefined, { outputs = [] }: BuildOptions): void {
  if (file !== undefined && outputs.every(({ type }) => type === 'local' || type === 'tar'))
    throw usageError('Cannot write "--iidfile": outputs of type local, tar and cacheonly create no image')
}

/** Everything that shows the progress of a build. */
interface ShownBuild {
  readonly report: Report
  readonly ci: CiOutput | undefined
  readonly ui: BuildUi | undefined
  readonly isForPeople: boolean
  onEvent(event: BuildEvent): void | Promise<void>
  /** Call once, before the result or the failure is printed. */
  end(): void
}

async function openProgress(call: BuildCall, request: BuildOptions): Promise<ShownBuild> {
  const { values, io } = call
  const mode: ProgressMode = values.quiet ? 'quiet' : progressMode(values.progress)
  const report = await createReport({ mode, target: mode === 'quiet' ? inertTarget(io) : io.stderr, env: io.env })
  const isForPeople = ['auto', 'plain', 'tty'].includes(mode)
  const ci = await openCi({ request, showsProgress: isForPeople }, io)
  const ui = values.ui ? await openUi(request, call) : undefined
  const explained: ExplainedStep[] = []
  const pressure = readerPressure(io.stderr)
  return {
    report,
    ci,
    ui,
    isForPeople,
    onEvent: (event) => {
      report.event(event)
      ci?.event(event)
      ui?.event(event)
      if (event.kind === 'step-explained') explained.push(event)
      return event.kind === 'step-log' ? pressure() : undefined
    },
    end: () => {
      report.end()
      writeExplanation(explained, values.explain, io)
      ci?.end()
    },
  }
}

/** Prints the failure if a page remains open or the exit code is not the step's; otherwise the caller prints it. */
async function failed(error: unknown, call: BuildCall, { ui, ci }: ShownBuild): Promise<number> {
  const { values, io, interrupt } = call
  ui?.failed(error)
  await ci?.failed(error)
  const isInterrupted = interrupt.exitCode() !== undefined
  const isPlainFailure = isFailedStep(error) && !values['exit-code-from-run']
  if (isInterrupted || !(isPlainFailure || ui !== undefined)) throw error
  const style = { debug: values.debug, color: io.stderr.isTTY === true && (io.env['NO_COLOR'] ?? '') === '' }
  io.stderr.write(inertText(renderError(error, style), io.env))
  await ui?.stay()
  return isPlainFailure ? exitCodes.failed : exitCodeOf(error)
}

/** Loads the page only with `--ui`. */
async function openUi(request: BuildOptions, call: Call): Promise<BuildUi> {
  const { openBuildUi } = await import('../../builds/build-ui.ts')
  return openBuildUi(request, call)
}

/** Text follows the progress output; a document is for another program. */
function writeExplanation(steps: readonly ExplainedStep[], form: string | undefined, io: Io): void {
  if (form === 'json') io.stdout.write(`${jsonText(explainDocument(steps), 2)}\n`)
  else if (form === 'text') io.stderr.write(`\n${explainLines(steps).join('\n')}\n`)
}

/** Loaded only in CI systems. */
async function openCi(options: Omit<CiOutputOptions, 'system'>, io: Io): Promise<CiOutput | undefined> {
  const system = ciSystem(io.env)
  if (system === undefined) return undefined
  const { openCiOutput } = await import('../../ci/index.ts')
  return openCiOutput({ ...options, system }, io)
}

/** The flag table allows no other values. */
function progressMode(text: string): ProgressMode {
  return (['tty', 'plain', 'quiet', 'none', 'rawjson'] as const).find((mode) => mode === text) ?? 'auto'
}

/** The command of a step exited with a status. */
function isFailedStep(error: unknown): boolean {
  return error instanceof Error && 'exitCode' in error && typeof error.exitCode === 'number'
}
