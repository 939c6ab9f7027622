/** Deeper than any valid document of images and registries: manifests, configurations, profiles. */
const MAX_DEPTH = 100

/** Like JSON.parse. SECURITY: refuses deep nesting before recursion could exhaust the stack. */
export function parseUntrustedJson(text: string): unknown {
  if (isNestedTooDeeply(text)) throw new SyntaxError(`nested more than ${MAX_DEPTH} levels deep`)
  return JSON.parse(text)
}

const [QUOTE, BACKSLASH] = ['"'.charCodeAt(0), '\\'.charCodeAt(0)]
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [...'[]{}'].map((letter) => letter.charCodeAt(0))

function isNestedTooDeeply(text: string): boolean {
  if (!hasManyBrackets(text)) return false
  let depth = 0
  for (let at = 0; at < text.length; at += 1) {
    const letter = text.charCodeAt(at)
    if (letter === QUOTE) at = endOfString(text, at)
    else if (letter === OPEN_LIST || letter === OPEN_OBJECT) depth += 1
    else if (letter === CLOSE_LIST || letter === CLOSE_OBJECT) depth -= 1
    if (depth > MAX_DEPTH) return true
  }
  return false
}

/** Few documents do, and scanning every character of the others would add milliseconds to a short command. */
function hasManyBrackets(text: string): boolean {
  let count = 0
  for (const bracket of ['{', '['])
    for (let at = text.indexOf(bracket); at >= 0; at = text.indexOf(bracket, at + 1)) {
      count += 1
      if (count > MAX_DEPTH) return true
    }
  return false
}

/** Position of the closing quote; the end of the text if there is none. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at += 1) {
    const letter = text.charCodeAt(at)
    if (letter === QUOTE) return at
    if (letter === BACKSLASH) at += 1
  }
  return text.length
}
