/** CI output: log groups, annotations, summaries, reports. Loaded in CI systems only. */
export { type CiOutput, type CiOutputOptions, dockerfileInRepository, openCiOutput } from './ci-output.ts'
