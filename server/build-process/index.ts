/** The process that runs one build job: JSON in, events out. No database access. */
export type { BuildJobSpec } from './job.ts'
export { type BuildJobLine, buildJobLine } from './job-line.ts'
