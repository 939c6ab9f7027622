import { ContainerError } from '../contract/errors.ts'

/** SPEC: capabilities(7) */
const NAMES: ReadonlySet<string> = new Set(
  `CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE NET_BIND_SERVICE
  NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN
  SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE
  MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE`.split(/\s+/),
)

/** Throws for an unknown capability, at create as docker does. */
export function checkedCapabilities(action: 'add' | 'drop', names: readonly string[]): readonly string[] {
  const unknown = names.find((name) => shortName(name) !== 'ALL' && !NAMES.has(shortName(name)))
  if (unknown === undefined) return names
  throw new ContainerError(
    'CONTAINER_BAD_OPTION',
    `Cannot ${action} capability "${unknown}": unknown capability: "CAP_${shortName(unknown)}"`,
    { hint: 'Use a name of capabilities(7), such as NET_ADMIN, or ALL' },
  )
}

/** `cap_net_admin` → `NET_ADMIN`. */
function shortName(name: string): string {
  return name.toUpperCase().replace(/^CAP_/, '')
}
