import { arch } from 'node:os'
import { formatOsOptions, type OsOptions, parseOsOptions } from './os-options.ts'

/** SPEC: image-spec image-index.md#image-index-property-descriptions */
export interface Platform extends OsOptions {
  readonly os: string
  readonly architecture: string
  readonly variant?: string
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

/** SPEC: Go, GOOS; containerd platforms, isKnownOS. */
export const KNOWN_OS: readonly string[] = [
  'aix',
  'android',
  'darwin',
  'dragonfly',
  'freebsd',
  'illumos',
  'ios',
  'js',
  'linux',
  'netbsd',
  'openbsd',
  'plan9',
  'solaris',
  'wasi',
  'wasip1',
  'windows',
  'zos',
]

/** SPEC: Go, GOARCH; containerd platforms, isKnownArch. */
export const KNOWN_ARCHITECTURES: readonly string[] = [
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
  'sparc64',
  'wasm',
]

/**
 * `linux/amd64`, `linux/arm/v7`, in the short form: `linux/arm64` for `linux/arm64/v8`; with the version of the system if
 * there is one: `windows(10.0.17763)/amd64`. SECURITY: an image specifies
 * its platform, which could contain line breaks.
 */
export function formatPlatform(platform: Platform): string {
  const { os, architecture, variant, ...options } = normalizePlatform(platform)
  return [`${os}${formatOsOptions(options)}`, architecture, variant]
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
 * Parses `os[(version)]/architecture[/variant]`, or one of the first two alone, with the rest from `fallback`.
 * SPEC: containerd platforms, the specifier format.
 */
export function parsePlatform(text: string, fallback: Platform): Platform | undefined {
  const [first = '', ...rest] = text.split('/')
  const { os, options } = parseOsOptions(first) ?? {}
  if (os === undefined || rest.length > 2 || rest.some((part) => !/^[\w.-]+$/.test(part))) return undefined
  const [architecture, variant] = rest.map((part) => part.toLowerCase())
  if (architecture !== undefined)
    return normalizePlatform({ os, architecture, ...(variant !== undefined && { variant }), ...options })
  const name = os.toLowerCase()
  const parsed = os === first || isKnownOs(name) ? parseLonePart(name, fallback) : undefined
  return parsed && { ...parsed, ...options }
}

function isKnownOs(name: string): boolean {
  return KNOWN_OS.includes(OS_NAMES[name] ?? name)
}

function parseLonePart(part: string, fallback: Platform): Platform | undefined {
  const os = OS_NAMES[part] ?? part
  if (KNOWN_OS.includes(os)) return os === fallback.os ? fallback : { ...fallback, os }
  const [architecture, variant] = (ARCHITECTURE_NAMES[part] ?? part).split('/')
  if (architecture === undefined || !KNOWN_ARCHITECTURES.includes(architecture)) return undefined
  return normalizePlatform({ os: fallback.os, architecture, ...(variant !== undefined && { variant }) })
}

/** Canonical spelling of a platform. SPEC: containerd platforms, normalizeOS and normalizeArch. */
export function normalizePlatform({ os, architecture, variant, ...rest }: Platform): Platform {
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
  return normalizePlatform({ os: 'linux', architecture: NODE_NAMES[arch()] ?? arch() })
}
