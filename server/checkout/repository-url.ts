import { ServerError } from '../errors.ts'

const SCP_LIKE = /^[A-Za-z0-9_][\w.-]*@[A-Za-z0-9[][\w.:\]-]*:[^\s]+$/

/** SECURITY: never an option of git, nor a transport that runs a command. Credentials belong in secrets. */
export function checkRepositoryUrl(url: string): void {
  const reason = faultOf(url)
  if (reason === undefined) return
  const shown = url.replace(/\/\/[^@/]*@/, '//***@')
  throw new ServerError('SERVER_BAD_CONFIG', `Cannot use repository "${shown}": ${reason}`, {
    hint: 'Use https://HOST/PATH, ssh://USER@HOST/PATH or USER@HOST:PATH',
  })
}

function faultOf(url: string): string | undefined {
  if (/[\s\p{Cc}]/u.test(url)) return 'it contains a space or a control character'
  if (SCP_LIKE.test(url)) return undefined
  if (!URL.canParse(url)) return 'not a URL'
  const { protocol, hostname, username, password, hash } = new URL(url)
  if (!['https:', 'http:', 'ssh:', 'file:'].includes(protocol)) return `unknown protocol "${protocol}"`
  // Git reads these in another way than URL does.
  if (!url.startsWith(`${protocol}//`) || url.includes('\\')) return `not of the form ${protocol}//HOST/PATH`
  if (hash !== '') return `it contains "${hash}" (triggers and builds name branches)`
  if (hostname.startsWith('-') || username.startsWith('-')) return 'it looks like an option'
  if (password !== '' || (username !== '' && protocol.startsWith('http'))) {
    return 'it contains a login (set the secret git-token instead)'
  }
  return undefined
}
