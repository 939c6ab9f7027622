/** The challenge of a 401 response. SPEC: RFC 9110 section 11.6.1, distribution token authentication. */
export interface Challenge {
  readonly scheme: 'bearer' | 'basic'
  readonly realm?: string
  readonly service?: string
  readonly scope?: string
  readonly error?: string
}

const MAX_HEADER_LENGTH = 16_384
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+/
const BLANKS = /^[\s,]*/

/** The strongest supported challenge: Bearer before Basic. */
export function findChallenge(header: string | undefined): Challenge | undefined {
  if (header === undefined || header.length > MAX_HEADER_LENGTH) return undefined
  const challenges = readChallenges(header)
  const bearer = challenges.find(({ scheme, parameters }) => scheme === 'bearer' && parameters.has('realm'))
  const found = bearer ?? challenges.find(({ scheme }) => scheme === 'basic')
  if (found === undefined) return undefined
  const { parameters } = found
  const fields = ['realm', 'service', 'scope', 'error'].flatMap((name) => {
    const value = parameters.get(name)
    return value === undefined ? [] : [[name, value]]
  })
  return { scheme: found === bearer ? 'bearer' : 'basic', ...Object.fromEntries(fields) }
}

interface RawChallenge {
  readonly scheme: string
  readonly parameters: Map<string, string>
}

/** A header may contain several challenges, separated by commas like their own parameters. */
function readChallenges(header: string): readonly RawChallenge[] {
  const challenges: RawChallenge[] = []
  let rest = header.replace(BLANKS, '')
  while (rest !== '') {
    const word = TOKEN.exec(rest)?.[0]
    if (word === undefined) break
    rest = rest.slice(word.length)
    const value = /^\s*=\s*/.exec(rest)
    if (value === null) {
      challenges.push({ scheme: word.toLowerCase(), parameters: new Map() })
    } else {
      const [text, after] = readValue(rest.slice(value[0].length))
      challenges.at(-1)?.parameters.set(word.toLowerCase(), text)
      rest = after
    }
    rest = rest.replace(BLANKS, '')
  }
  return challenges
}

/** Reads a token or a quoted string with backslash escapes; also returns the remaining text. */
function readValue(text: string): readonly [value: string, rest: string] {
  if (!text.startsWith('"')) {
    const word = /^[^\s,"]*/.exec(text)?.[0] ?? ''
    return [word, text.slice(word.length)]
  }
  const quoted = /^"((?:[^"\\]|\\.)*)"?/s.exec(text)
  return [(quoted?.[1] ?? '').replace(/\\(.)/gs, '$1'), text.slice(quoted?.[0].length ?? text.length)]
}
