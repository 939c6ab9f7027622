/** A device of the host, or a directory of devices. */
export interface DeviceMapping {
  readonly source: string
  readonly target: string
  /** Letters of `rwm` (read, write, mknod). Default: all. */
  readonly access?: string
}

/** `/dev/x`, `/dev/x:/path`, `/dev/x:rwm`, `/dev/x:/path:rwm`. SPEC: docker run --device; the faults are docker's. */
export function parseDevice(text: string): DeviceMapping | { readonly fault: string } {
  const [source = '', ...more] = text.split(':')
  const access = more.length > 0 && isMode(more.at(-1) ?? '') ? more.pop() : undefined
  const [target = source, ...rest] = more
  if (rest.length > 0) return { fault: `bad mode specified: ${rest.join(':')}` }
  if (!source.startsWith('/') || !target.startsWith('/'))
    return { fault: 'invalid syntax (expected /dev/x[:/path-in-container][:rwm])' }
  return { source, target, ...(access !== undefined && { access }) }
}

/** SPEC: docker/cli opts ValidDeviceMode: each letter at most once. */
function isMode(word: string): boolean {
  return /^[rwm]+$/.test(word) && new Set(word).size === word.length
}

/** SPEC: CDI, qualified names: `vendor.com/class=name`. */
export function isCdiName(text: string): boolean {
  return /^[A-Za-z][\w.-]*\/[A-Za-z][\w.-]*=[A-Za-z0-9][\w.:-]*$/.test(text)
}
