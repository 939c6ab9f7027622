/** Docker's textual notations: sizes, durations, ports, devices, signals, CSV, git URLs, nearest spelling. Pure; OCI nouns belong in image-spec/. */
export { byteSize } from './byte-size.ts'
export { splitCsv, splitField } from './csv.ts'
export { type DeviceMapping, isCdiName, parseDevice } from './device.ts'
export { goDuration, parseDurationMs, parseGoDuration } from './duration.ts'
export { type ExtraHost, parseExtraHost } from './extra-host.ts'
export { type GitUrl, isGitUrl, parseGitUrl, withWholeCommit } from './git-url.ts'
export { parseGoBool } from './go-bool.ts'
export { humanSize, steadySize } from './human-size.ts'
export { hasLabel, type LabelFilters, matchesLabels } from './label-filter.ts'
export { didYouMean, suggest } from './nearest-name.ts'
export { splitEntry, splitPair } from './pair.ts'
export {
  isProtocol,
  parsePortRange,
  parsePorts,
  portsIn,
  splitProtocol,
} from './port-range.ts'
export { showInvisible } from './show-invisible.ts'
export { findSignal, isSignal } from './signal.ts'
export { toSingleLine } from './single-line.ts'
export { parseTimeMs } from './time.ts'
export { basicAuthorization, withoutCredentials } from './url-credentials.ts'
export { hasUserNames } from './user.ts'
