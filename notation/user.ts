/**
 * Whether a user (`user[:group]`) must be looked up in passwd and group files.
 * SPEC: BuildKit llb.WithUser: signed 32-bit numbers, `root` and the empty string are IDs.
 */
export function hasUserNames(user: string): boolean {
  const colon = user.indexOf(':')
  const parts = colon === -1 ? [user] : [user.slice(0, colon), user.slice(colon + 1)]
  return parts.some((part) => part !== '' && part !== 'root' && !isId(part))
}

function isId(text: string): boolean {
  const id = /^[+-]?\d+$/.test(text) ? Number(text) : Number.NaN
  return id >= -0x8000_0000 && id <= 0x7fff_ffff
}
