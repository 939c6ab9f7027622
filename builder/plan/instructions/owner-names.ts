/**
 * Whether an owner (`user[:group]`) has to be looked up in the account files of the stage.
 * SPEC: BuildKit llb.WithUser: a number of 32 bits with a sign, `root` and nothing at all are ids.
 */
export function hasOwnerNames(owner: string): boolean {
  const colon = owner.indexOf(':')
  const parts = colon === -1 ? [owner] : [owner.slice(0, colon), owner.slice(colon + 1)]
  return parts.some((part) => part !== '' && part !== 'root' && !isId(part))
}

function isId(text: string): boolean {
  const id = /^[+-]?\d+$/.test(text) ? Number(text) : Number.NaN
  return id >= -0x8000_0000 && id <= 0x7fff_ffff
}
