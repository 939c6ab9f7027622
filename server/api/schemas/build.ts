import * as v from 'valibot'
import { buildId, byteCount, commitId, milliseconds, pageQuery, projectName, timestamp } from './common.ts'
import { explanation } from './explanation.ts'

export const BUILD_STATES = ['queued', 'running', 'succeeded', 'failed', 'cancelled', 'superseded'] as const
export type BuildState = (typeof BUILD_STATES)[number]

/** Why a build failed; plain text. */
export const buildFailure = v.object({
  code: v.string(),
  message: v.string(),
  hint: v.exactOptional(v.string()),
  /** Excerpt of the Dockerfile with the failed lines marked. */
  excerpt: v.exactOptional(v.string()),
  /** ID of the failed step. */
  step: v.exactOptional(v.string()),
  exitCode: v.exactOptional(v.number()),
})

const pushedImage = v.object({
  /** `harbor.example.com/team/app:main`. */
  reference: v.string(),
  digest: v.exactOptional(v.string()),
})

export const buildResult = v.object({
  /** Digest of the configuration. */
  imageId: v.exactOptional(v.string()),
  /** Digest of the manifest or index. */
  digest: v.exactOptional(v.string()),
  sizeBytes: v.exactOptional(byteCount),
  platforms: v.array(v.string()),
  pushed: v.array(pushedImage),
  stepCount: v.number(),
  cachedCount: v.number(),
  warnings: v.array(v.object({ code: v.string(), message: v.string(), line: v.exactOptional(v.number()) })),
})

export const build = v.object({
  id: buildId,
  project: projectName,
  state: v.picklist(BUILD_STATES),
  trigger: v.object({
    kind: v.picklist(['webhook', 'api', 'schedule', 'base-image', 'retry', 'terminal']),
    /** Who or what started it: a token's name, a schedule's name, a base image. */
    by: v.exactOptional(v.string()),
    /** Number of the pull request. */
    pullRequest: v.exactOptional(v.number()),
    /** Branch into which the pull request is to be merged. */
    base: v.exactOptional(v.string()),
    /** From another repository: secrets and destinations are withheld. */
    fork: v.exactOptional(v.boolean()),
    /** The build whose commit is built again: its tags do not replace those of later builds. */
    retryOf: v.exactOptional(v.number()),
    /** The commit was chosen by a user: it has to be part of the ref. */
    chosenCommit: v.exactOptional(v.boolean()),
  }),
  /** `refs/heads/main`, `refs/tags/v1`, `refs/pull/7/head`. */
  ref: v.string(),
  commit: v.exactOptional(commitId),
  /** First line of the commit's message. */
  title: v.exactOptional(v.string()),
  author: v.exactOptional(v.string()),
  createdAt: timestamp,
  startedAt: v.exactOptional(timestamp),
  endedAt: v.exactOptional(timestamp),
  /** Starts at 1; later attempts follow infrastructure faults. */
  attempt: v.number(),
  /** When the next attempt may start; `failure` is why the last one failed. */
  retryAt: v.exactOptional(timestamp),
  worker: v.exactOptional(v.string()),
  failure: v.exactOptional(buildFailure),
  result: v.exactOptional(buildResult),
  /** Build that replaced it. */
  supersededBy: v.exactOptional(buildId),
})
export type Build = v.InferOutput<typeof build>
export type BuildFailure = v.InferOutput<typeof buildFailure>
export type BuildOutcome = v.InferOutput<typeof buildResult>

export const buildsQuery = v.strictObject({
  ...pageQuery,
  project: v.exactOptional(projectName),
  state: v.exactOptional(v.picklist(BUILD_STATES)),
  ref: v.exactOptional(v.string()),
})
export const builds = v.object({ builds: v.array(build), next: v.exactOptional(buildId) })

export const triggerBuild = v.strictObject({
  /** A branch, a tag or a full ref; default: the repository's default branch. */
  ref: v.exactOptional(v.pipe(v.string(), v.nonEmpty(), v.maxLength(255))),
  commit: v.exactOptional(commitId),
  noCache: v.optional(v.boolean(), false),
  priority: v.exactOptional(v.pipe(v.number(), v.integer(), v.minValue(-100), v.maxValue(100))),
})

const instant = milliseconds

export const buildStep = v.object({
  id: v.string(),
  /** `[build 2/5] RUN make`. */
  name: v.string(),
  /** IDs of the steps it depends on. */
  inputs: v.array(v.string()),
  state: v.picklist(['waiting', 'running', 'cached', 'succeeded', 'failed', 'cancelled']),
  /** Milliseconds since the epoch. */
  startedMs: v.exactOptional(instant),
  endedMs: v.exactOptional(instant),
  usage: v.exactOptional(
    v.object({
      wallUs: v.number(),
      cpuUserUs: v.number(),
      cpuSystemUs: v.number(),
      peakMemoryBytes: v.exactOptional(v.number()),
      readBytes: v.exactOptional(v.number()),
      writtenBytes: v.exactOptional(v.number()),
    }),
  ),
  /** Transfers by name. */
  progress: v.exactOptional(
    v.record(v.string(), v.object({ doneBytes: byteCount, totalBytes: v.exactOptional(byteCount) })),
  ),
  logBytes: byteCount,
  logLines: v.number(),
  failure: v.exactOptional(v.object({ message: v.string(), exitCode: v.exactOptional(v.number()) })),
  explanation: v.exactOptional(explanation),
  /** Lines of the Dockerfile, from 1. */
  lines: v.exactOptional(v.object({ first: v.number(), last: v.number() })),
})
export type BuildStep = v.InferOutput<typeof buildStep>

/** Properties of a step that changed. */
export const stepChange = v.object({
  ...buildStep.entries,
  name: v.exactOptional(buildStep.entries.name),
  inputs: v.exactOptional(buildStep.entries.inputs),
  state: v.exactOptional(buildStep.entries.state),
  logBytes: v.exactOptional(buildStep.entries.logBytes),
  logLines: v.exactOptional(buildStep.entries.logLines),
})
export type StepChange = v.InferOutput<typeof stepChange>

/** `seq` of the last event that the steps include: the live stream continues after it. */
export const buildSteps = v.object({
  steps: v.array(buildStep),
  seq: v.number(),
  dockerfile: v.exactOptional(v.object({ name: v.string(), text: v.string() })),
})
export type BuildSteps = v.InferOutput<typeof buildSteps>
