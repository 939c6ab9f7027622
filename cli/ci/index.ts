/** CI output: log groups, annotations, summaries, reports. Loaded only in CI systems. */
export { type CiOutput, type CiOutputOptions, dockerfileInRepository, openCiOutput } from './ci-output.ts'
