import type { Build, BuildStep } from './schemas/build.ts'

/**
 * Server-sent events of `GET /api/v1/builds/{id}/events`. The SSE `event` field is the kind, `data` this object as
 * JSON, `id` its `seq`; a client that reconnects with `Last-Event-ID` (or `?after=SEQ`) continues after it. Read
 * `GET …/steps` first and continue after its `seq`.
 */
export type BuildLiveEvent =
  /** The build itself changed state. The stream ends after a final state. */
  | { readonly kind: 'build'; readonly seq: number; readonly build: Build }
  /** Steps became known; later ones may follow. */
  | { readonly kind: 'planned'; readonly seq: number; readonly steps: readonly BuildStep[] }
  /** Replaces the members of the step that are present. */
  | { readonly kind: 'step'; readonly seq: number; readonly step: StepChange }
  /** Appended to the step's log at `offset`; skip what is already known. */
  | {
      readonly kind: 'log'
      readonly seq: number
      readonly step: string
      readonly offset: number
      readonly line: number
      readonly text: string
    }
  | { readonly kind: 'warning'; readonly seq: number; readonly code: string; readonly message: string }
  /** A worker was lost, or a fault of the infrastructure: steps and logs start again from nothing. */
  | { readonly kind: 'restarted'; readonly seq: number; readonly attempt: number }

export type StepChange = Pick<BuildStep, 'id'> & Partial<Omit<BuildStep, 'id'>>

/** Server-sent events of `GET /api/v1/events`: every build's change of state; no replay, read the list after connecting. */
export interface ServerLiveEvent {
  readonly kind: 'build'
  readonly build: Build
}
