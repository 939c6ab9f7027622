import { existsSync } from 'node:fs'
import { ContainerError } from './errors.ts'

export interface SecuritySettings {
  /** As said, without `systempaths`, as docker keeps them. */
  readonly securityOptions: readonly string[]
  /** Nothing of /proc and /sys is hidden, nor made read-only. */
  readonly unmaskedPaths?: true
}

/** SPEC: docker run --security-opt. Throws for what this program can't promise, unless it is so in any case. */
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
  return options.some((option) => /^seccomp[:=]unconfined$/.test(option))
}

function checkOption(option: string): void {
  const [, key = '', value] = /^([^:=]*)(?:[:=](.*))?$/.exec(option) ?? []
  if (key === 'no-new-privileges' && (value === undefined || value === 'true' || value === 'false')) return
  if (value === undefined) throw refused(option, `invalid --security-opt: "${option}"`)
  switch (key) {
    case 'seccomp':
      if (value === 'unconfined' || value === 'builtin') return
      throw refused(
        option,
        "profiles are not read from files (unconfined, or builtin: docker's own)",
        'The built-in profile follows --cap-add: it lets through what the added capabilities are for',
      )
    case 'apparmor':
      if (value === 'unconfined') return
      throw refused(option, 'AppArmor profiles are not applied (unconfined)')
    case 'label':
      if (value === 'disable' || (/^(user|role|type|level):/.test(value) && !existsSync('/sys/fs/selinux/enforce')))
        return
      throw refused(option, 'SELinux labels are not set (disable)')
    case 'systempaths':
      if (option === 'systempaths=unconfined') return
  }
  throw refused(option, `invalid --security-opt: "${option}"`)
}

function refused(option: string, found: string, hint = HINT): ContainerError {
  return new ContainerError('CONTAINER_BAD_OPTION', `Cannot use security option "${option}": ${found}`, { hint })
}

const HINT =
  'Known are no-new-privileges, seccomp=unconfined, systempaths=unconfined, apparmor=unconfined, label=disable'
