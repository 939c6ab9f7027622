/** CI output: log groups, annotations, summaries, reports. Loaded only in CI systems. Output for terminals belongs in builder/report/. */
export { type CiOutput, type CiOutputOptions, dockerfileInRepository, openCiOutput } from './ci-output.ts'
