/** What a build adds to the log and the pages of the CI system it runs in. Loaded there only. */
export { type CiOutput, type CiOutputOptions, dockerfileInRepository, openCiOutput } from './ci-output.ts'
