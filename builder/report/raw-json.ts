import { createHash } from 'node:crypto'
import type { BuildEvent } from '../request/builder.ts'
import type { Report, ReportTarget } from './report.ts'
import { createStepBoard } from './step-board.ts'
import { definitionVertex, vertexWarning } from './vertex-warning.ts'

/**
 * One JSON object per line, as `docker buildx build --progress=rawjson` prints them.
 * SPEC: moby/buildkit client/graph.go, SolveStatus
 */
export function rawJsonReport(target: ReportTarget): Report {
  const board = createStepBoard()
  const inputs = new Map<string, readonly string[]>()
  let isDefinitionKnown = false
  const write = (document: unknown) => target.write(`${JSON.stringify(document)}\n`)

  function event(event: BuildEvent): void {
    if (event.kind === 'planned') for (const step of event.steps) inputs.set(step.id, step.inputs.map(vertexDigest))
    const step = board.take(event)
    if (event.kind === 'planned') write({ vertexes: event.steps.map(({ id, name }) => vertex(id, name)) })
    if (event.kind === 'warning') write(warningOf(event))
    if (step === undefined || !('step' in event)) return
    if (event.kind === 'step-log') write({ logs: [logOf(event)] })
    else if (event.kind === 'step-progress')
      write({ statuses: [statusOf(event, step.transfers.get(event.id)?.startedAtMs)] })
    else if (event.kind !== 'step-waiting')
      write({ vertexes: [{ ...vertex(step.id, step.name), ...stateOf(step, event) }] })
  }

  /** Programs ignore warnings of unknown vertexes. */
  function warningOf({ warning, atMs }: Extract<BuildEvent, { kind: 'warning' }>) {
    const { source } = warning
    const isNew = source !== undefined && !isDefinitionKnown
    isDefinitionKnown ||= isNew
    const times = { started: timeOf(atMs), completed: timeOf(atMs) }
    return {
      ...(isNew && { vertexes: [{ ...definitionVertex(source), ...times }] }),
      warnings: [vertexWarning(warning)],
    }
  }

  function vertex(id: string, name: string) {
    const own = inputs.get(id) ?? []
    return { digest: vertexDigest(id), ...(own.length > 0 && { inputs: own }), name }
  }

  return { event, end: () => undefined, result: (result) => write({ result }) }
}

/** Output steps have plain names instead of digests. */
function vertexDigest(id: string): string {
  return /^sha256:[0-9a-f]{64}$/.test(id) ? id : `sha256:${createHash('sha256').update(id).digest('hex')}`
}

function stateOf(
  { startedAtMs, endedAtMs, status }: ReturnType<typeof createStepBoard>['steps'][number],
  event: BuildEvent,
) {
  return {
    started: timeOf(startedAtMs),
    ...(endedAtMs !== undefined && { completed: timeOf(endedAtMs) }),
    ...(status === 'cached' && { cached: true }),
    ...(event.kind === 'step-failed' && { error: event.message }),
  }
}

function logOf({ step, stream, text, atMs }: Extract<BuildEvent, { kind: 'step-log' }>) {
  const data = Buffer.from(text).toString('base64')
  return { vertex: vertexDigest(step), stream: stream === 'stdout' ? 1 : 2, data, timestamp: timeOf(atMs) }
}

function statusOf(event: Extract<BuildEvent, { kind: 'step-progress' }>, startedAtMs = event.atMs) {
  const { step, id, doneBytes, totalBytes, atMs } = event
  return {
    id,
    vertex: vertexDigest(step),
    ...(totalBytes !== undefined && { total: totalBytes }),
    current: doneBytes,
    timestamp: timeOf(atMs),
    started: timeOf(startedAtMs),
    ...(doneBytes === totalBytes && { completed: timeOf(atMs) }),
  }
}

function timeOf(atMs: number): string {
  return new Date(atMs).toISOString()
}
