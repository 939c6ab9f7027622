/**
 * Codes of failures that the next attempt may not have; excludes failed steps, invalid Dockerfiles and refused logins.
 */
const FAULTS =
  /^(REGISTRY_(UNAVAILABLE|TOO_MANY_REQUESTS|DIGEST_MISMATCH)|STORE_(BUSY|FULL|IO)|BUILD_(GIT|DOWNLOAD)_FAILED|TREE_(TORN|CHANGED)|SANDBOX_CRASHED|ENOSPC|EDQUOT|EIO|ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EPIPE)$/

export function isInfrastructureFault(codes: readonly string[]): boolean {
  return codes.some((code) => FAULTS.test(code))
}
