export type { BuildJobLine, BuildJobSpec } from './job.ts'
export { type BuildJobTools, runBuildJob } from './run-build-job.ts'
