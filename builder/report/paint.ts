import pc from 'picocolors'
import type { Paint } from './tty-frame.ts'

type Env = Readonly<Record<string, string | undefined>>

/** Colors for a terminal: those of BUILDKIT_COLORS for what they name, none with NO_COLOR. */
export function paintFor(env: Env): Paint {
  const colors = pc.createColors((env['NO_COLOR'] ?? '') === '')
  const plain = { head: colors.bold, done: colors.cyan, failed: colors.red, canceled: colors.yellow, faint: colors.dim }
  return colors.isColorSupported ? { ...plain, ...namedColors(env['BUILDKIT_COLORS'] ?? '') } : plain
}

const ROLES: ReadonlyMap<string, keyof Paint> = new Map([
  ['run', 'done'],
  ['error', 'failed'],
  ['cancel', 'canceled'],
])
const CODES = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white']

/** SPEC: BuildKit util/progress/progressui/colors.go: `run=blue:error=120,0,0:cancel=yellow`; others are ignored. */
function namedColors(text: string): Partial<Paint> {
  const fields = text.split(':').flatMap((field) => {
    const [role = '', color = ''] = field.split('=')
    const [name, code] = [ROLES.get(role.trim().toLowerCase()), codeOf(color.trim().toLowerCase())]
    if (name === undefined || code === undefined) return []
    return [[name, (painted: string | number | null | undefined) => `\x1b[${code}m${painted}\x1b[39m`] as const]
  })
  return Object.fromEntries(fields)
}

function codeOf(color: string): string | undefined {
  const [, ...parts] = /^(\d{1,3}),(\d{1,3}),(\d{1,3})$/.exec(color) ?? []
  if (parts.length > 0) return parts.every((part) => Number(part) <= 255) ? `38;2;${parts.join(';')}` : undefined
  const index = CODES.indexOf(color)
  return index < 0 ? undefined : String(30 + index)
}
