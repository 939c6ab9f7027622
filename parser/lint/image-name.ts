const COMPONENT = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/
const HOST = /^(?:localhost|\[[0-9a-fA-F:]+\]|[a-zA-Z0-9][a-zA-Z0-9.-]*)(?::\d+)?$/
const TAG = /^\w[\w.-]{0,127}$/
const DIGEST = /^[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}$/
const MAX_LENGTH = 1024

/** Whether a text is a valid image name by Docker's rules: `[host[:port]/]path[:tag][@digest]`. */
export function isImageName(text: string): boolean {
  if (text.length > MAX_LENGTH || /^[0-9a-f]{64}$/.test(text)) return false
  const [name = '', digest, more] = text.split('@')
  if (more !== undefined || (digest !== undefined && !DIGEST.test(digest))) return false
  const colon = name.lastIndexOf(':')
  const hasTag = colon > name.lastIndexOf('/')
  if (hasTag && !TAG.test(name.slice(colon + 1))) return false
  const components = (hasTag ? name.slice(0, colon) : name).split('/')
  return withoutHost(components).every((component) => COMPONENT.test(component))
}

/**
 * SPEC: the first of several components is a host if it contains a dot or a colon, is localhost, or is not lower case.
 */
function withoutHost(components: readonly string[]): readonly string[] {
  const [first = '', ...rest] = components
  if (rest.length === 0) return components
  const isHost = /[.:]/.test(first) || first === 'localhost' || first !== first.toLowerCase()
  return isHost && HOST.test(first) ? rest : components
}
