import { arch } from 'node:os'

/** SPEC: image-spec image-index.md#image-index-property-descriptions */
export interface Platform {
  readonly os: string
  readonly architecture: string
  readonly variant?: string
  readonly 'os.version'?: string
  readonly 'os.features'?: readonly string[]
}

const OS_NAMES: Readonly<Record<string, string>> = { macos: 'darwin' }

const ARCHITECTURE_NAMES: Readonly<Record<string, string>> = {
  x86_64: 'amd64',
  'x86-64': 'amd64',
  i386: '386',
  i686: '386',
  aarch64: 'arm64',
  armhf: 'arm/v7',
  armel: 'arm/v6',
}

const KNOWN_OS = ['linux', 'windows', 'darwin', 'freebsd', 'netbsd', 'openbsd', 'solaris', 'wasi', 'js']

const KNOWN_ARCHITECTURES = [
  '386',
  'amd64',
  'arm',
  'arm64',
  'loong64',
  'mips',
  'mipsle',
  'mips64',
  'mips64le',
  'ppc64',
  'ppc64le',
  'riscv64',
  's390x',
  'wasm',
]

/**
 * `linux/amd64`, `linux/arm/v7`, in the short form: `linux/arm64` for `linux/arm64/v8`. SECURITY: an image specifies
 * its platform, which could contain line breaks.
 */
export function formatPlatform(platform: Platform): string {
  const { os, architecture, variant } = normalisePlatform(platform)
  return [os, architecture, variant]
    .filter(Boolean)
    .join('/')
    .replace(/[^\x21-\x7e]/g, '?')
}

/** The name of a platform whose programs do not run natively on this machine; undefined if they do. */
export function foreignPlatform(platform: Platform, machine: Platform): string | undefined {
  const isSame = platform.os === machine.os && platform.architecture === machine.architecture
  return isSame ? undefined : formatPlatform(platform)
}

/**
 * Parses `os/architecture[/variant]`, or one of the first two alone, with the rest from `fallback`.
 * SPEC: containerd platforms, the specifier format.
 */
export function parsePlatform(text: string, fallback: Platform): Platform | undefined {
  const parts = text.toLowerCase().split('/')
  if (parts.length > 3 || parts.some((part) => !/^[a-z0-9_.-]+$/.test(part))) return undefined
  const [first = '', second, third] = parts
  if (second === undefined) return parseLonePart(first, fallback)
  return normalisePlatform({ os: first, architecture: second, ...(third !== undefined && { variant: third }) })
}

function parseLonePart(part: string, fallback: Platform): Platform | undefined {
  const os = OS_NAMES[part] ?? part
  if (KNOWN_OS.includes(os)) return os === fallback.os ? fallback : { ...fallback, os }
  const [architecture, variant] = (ARCHITECTURE_NAMES[part] ?? part).split('/')
  if (architecture === undefined || !KNOWN_ARCHITECTURES.includes(architecture)) return undefined
  return normalisePlatform({ os: fallback.os, architecture, ...(variant !== undefined && { variant }) })
}

/** Canonical spelling of a platform. SPEC: containerd platforms, normalizeOS and normalizeArch. */
export function normalisePlatform({ os, architecture, variant, ...rest }: Platform): Platform {
  const written = architecture.toLowerCase()
  const known = Object.hasOwn(ARCHITECTURE_NAMES, written) ? ARCHITECTURE_NAMES[written] : written
  const [name = written, implied] = (known ?? written).split('/')
  const chosen = variant?.toLowerCase() || implied || (name === 'arm' ? 'v7' : '')
  const full = /^\d/.test(chosen) && name.startsWith('arm') ? `v${chosen}` : chosen
  const isDefault = (name === 'arm64' && full === 'v8') || (name === 'amd64' && full === 'v1')
  const system = os.toLowerCase()
  const base = { os: OS_NAMES[system] ?? system, architecture: name, ...rest }
  return full === '' || isDefault ? base : { ...base, variant: full }
}

/** Node's names for architectures that Go names differently. */
const NODE_NAMES: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386', ppc64: 'ppc64le' }

/** This machine's platform. */
export function hostPlatform(): Platform {
  return normalisePlatform({ os: 'linux', architecture: NODE_NAMES[arch()] ?? arch() })
}
