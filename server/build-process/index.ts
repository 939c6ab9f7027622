/** The process that runs one build job: JSON in, events out. No database access. */
export type { BuildJobLine, BuildJobSpec } from './job.ts'
export { type BuildJobTools, runBuildJob } from './run-build-job.ts'
