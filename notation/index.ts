/** Docker's textual notations, pure: sizes, durations, signals, CSV, git URLs, and the name that was probably meant. */
export { byteSize } from './byte-size.ts'
export { splitCsv } from './csv.ts'
export { type GitUrl, isGitUrl, parseGitUrl, withWholeCommit } from './git-url.ts'
export { parseGoDuration } from './go-duration.ts'
export { humanSize, steadySize } from './human-size.ts'
export { didYouMean, suggest } from './nearest-name.ts'
export { isSignal } from './signal.ts'
export { basicAuthorisation, withoutCredentials } from './url-credentials.ts'
