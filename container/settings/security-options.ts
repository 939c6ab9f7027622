import { existsSync } from 'node:fs'
import { parseUntrustedJson } from '../../image-spec/index.ts'
import { ContainerError } from '../contract/errors.ts'

export interface SecuritySettings {
  /** As given, without `systempaths`, as docker stores them. */
  readonly securityOptions: readonly string[]
  /** Nothing in /proc and /sys is masked or read-only. */
  readonly unmaskedPaths?: true
}

/** SPEC: docker run --security-opt. Throws for options that cannot be honored, unless they are in effect anyway. */
export function securitySettings(options: readonly string[] = []): SecuritySettings {
  for (const option of options) checkOption(option)
  const isUnmasked = options.includes('systempaths=unconfined')
  return {
    securityOptions: options.filter((option) => !option.startsWith('systempaths=')),
    ...(isUnmasked ? { unmaskedPaths: true } : {}),
  }
}

export function hasNoNewPrivileges(options: readonly string[]): boolean {
  return options.some((option) => /^no-new-privileges([:=]true)?$/.test(option))
}

export function isUnfiltered(options: readonly string[]): boolean {
  return options.findLast((option) => /^seccomp[:=]/.test(option))?.endsWith('unconfined') === true
}

/** The JSON document of a seccomp profile; the last option wins. It is parsed when the container starts. */
export function seccompProfileOf(options: readonly string[]): string | undefined {
  const value = options.findLast((option) => /^seccomp[:=]/.test(option))?.slice('seccomp='.length)
  return value === undefined || !isProfile(value) ? undefined : value
}

function isProfile(text: string): boolean {
  try {
    const document: unknown = parseUntrustedJson(text)
    return typeof document === 'object' && document !== null && !Array.isArray(document)
  } catch {
    return false
  }
}

function checkOption(option: string): void {
  const [, key = '', value] = /^([^:=]*)(?:[:=](.*))?$/s.exec(option) ?? []
  if (key === 'no-new-privileges' && (value === undefined || value === 'true' || value === 'false')) return
  if (value === undefined)
    throw new ContainerError('CONTAINER_BAD_SYNTAX', `Cannot use security option "${option}": it has no value`, {
      hint: HINT,
    })
  switch (key) {
    case 'seccomp':
      if (value === 'unconfined' || value === 'builtin') return
      if (isProfile(value)) return
      throw refused('seccomp=…', 'no profile (expected a JSON document of an object, unconfined, or builtin)')
    case 'apparmor':
      if (value === 'unconfined') return
      throw refused(option, 'AppArmor profiles are not applied (expected unconfined)')
    case 'label':
      if (value === 'disable' || (/^(user|role|type|level):/.test(value) && !existsSync('/sys/fs/selinux/enforce')))
        return
      throw refused(option, 'SELinux labels are not set (expected disable)')
    case 'systempaths':
      if (option === 'systempaths=unconfined') return
  }
  throw refused(option, `invalid --security-opt: "${option}"`)
}

function refused(option: string, found: string, hint = HINT): ContainerError {
  return new ContainerError('CONTAINER_BAD_OPTION', `Cannot use security option "${option}": ${found}`, { hint })
}

const HINT =
  'Use no-new-privileges, seccomp=FILE, seccomp=unconfined, systempaths=unconfined, apparmor=unconfined or label=disable'
