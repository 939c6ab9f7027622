import { formatPlatform } from './choose-platform.ts'
import type { Platform } from './descriptor.ts'

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

/** The name of a platform that programs of this machine's kind do not run on; undefined where they do. */
export function foreignPlatform(platform: Platform, machine: Platform): string | undefined {
  const isSame = platform.os === machine.os && platform.architecture === machine.architecture
  return isSame ? undefined : formatPlatform(platform)
}

/**
 * Reads `os/architecture[/variant]`, or one of the first two alone with the rest from `fallback`.
 * SPEC: containerd platforms, the specifier format.
 */
export function parsePlatform(text: string, fallback: Platform): Platform | undefined {
  const parts = text.toLowerCase().split('/')
  if (parts.length > 3 || parts.some((part) => !/^[a-z0-9_.-]+$/.test(part))) return undefined
  const [first = '', second, third] = parts
  if (second === undefined) return parseLonePart(first, fallback)
  return normalised(first, second, third)
}

function parseLonePart(part: string, fallback: Platform): Platform | undefined {
  const os = OS_NAMES[part] ?? part
  if (KNOWN_OS.includes(os)) return os === fallback.os ? fallback : { ...fallback, os }
  const [architecture, variant] = (ARCHITECTURE_NAMES[part] ?? part).split('/')
  if (architecture === undefined || !KNOWN_ARCHITECTURES.includes(architecture)) return undefined
  return normalised(fallback.os, architecture, variant)
}

function normalised(os: string, architecture: string, variant: string | undefined): Platform {
  const [name = architecture, implied] = (ARCHITECTURE_NAMES[architecture] ?? architecture).split('/')
  const chosen = variant ?? implied ?? (name === 'arm' ? 'v7' : undefined)
  const isDefault = (name === 'arm64' && (chosen === 'v8' || chosen === '8')) || (name === 'amd64' && chosen === 'v1')
  const base = { os: OS_NAMES[os] ?? os, architecture: name }
  if (chosen === undefined || isDefault) return base
  return { ...base, variant: /^\d/.test(chosen) && name.startsWith('arm') ? `v${chosen}` : chosen }
}
