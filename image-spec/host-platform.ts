import { arch } from 'node:os'
import type { Platform } from './descriptor.ts'

/** This machine's platform. SPEC: the names are Go's GOOS and GOARCH. */
export function hostPlatform(): Platform {
  const names: Readonly<Record<string, Omit<Platform, 'os'>>> = {
    x64: { architecture: 'amd64' },
    arm64: { architecture: 'arm64' },
    arm: { architecture: 'arm', variant: 'v7' },
    ia32: { architecture: '386' },
    ppc64: { architecture: 'ppc64le' },
    s390x: { architecture: 's390x' },
    riscv64: { architecture: 'riscv64' },
  }
  return { os: 'linux', ...(names[arch()] ?? { architecture: arch() }) }
}
