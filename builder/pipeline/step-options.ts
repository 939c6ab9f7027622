import { sshAccess } from '../context/git-ssh.ts'
import { withGitTokens } from '../context/git-tokens.ts'
import type { BuildRequest } from '../request/builder.ts'
import { onlyPushes } from '../request/only-pushes.ts'
import { BaseLayers } from '../run/base-layers.ts'
import type { BuildTools } from '../run/build-tools.ts'
import type { PlatformTarget } from '../run/prepared-build.ts'
import { readHostTrust } from '../run/runners/command/host-trust.ts'
import type { StepOptions } from '../run/runners/step-context.ts'

export function stepOptions(
  tools: BuildTools,
  request: BuildRequest,
  {
    targets,
    network,
    devices,
  }: Pick<StepOptions, 'network' | 'devices'> & { readonly targets: readonly PlatformTarget[] },
): StepOptions {
  let trust: ReturnType<typeof readHostTrust> | undefined
  const warn = (message: string) =>
    request.onEvent?.({ kind: 'warning', warning: { code: 'BUILD_TRUST', message }, atMs: Date.now() })
  const layers = new BaseLayers()
  const baseOf = (reference: string) => {
    const base = targets.map(({ bases }) => bases.get(reference)).find((found) => found !== undefined)
    if (!base) throw new Error(`the plan uses a base "${reference}" that is not resolved`)
    return base
  }
  return {
    secrets: request.secrets ?? {},
    ssh: request.ssh ?? {},
    limits: request.limits ?? {},
    extraHosts: request.extraHosts ?? [],
    env: withGitTokens(tools.env, request),
    gitSsh: sshAccess(request),
    proxyEnvironment: targets[0]?.plan.proxyEnvironment ?? [],
    trust: () => {
      trust ??= readHostTrust(tools.env, warn)
      return trust
    },
    network,
    devices,
    download: tools.download,
    baseChain: (reference, report, signal) => {
      const base = baseOf(reference)
      const { chain, lazyChain } = tools.baseImages
      return layers.bring(report, () => (onlyPushes(request) ? lazyChain : chain)(base, report.progress, signal))
    },
    isBaseHere: (reference) => baseOf(reference).digest === undefined,
    baseDiffIds: (reference) => baseOf(reference).config.rootfs.diff_ids,
    aroundUnpack: layers.aroundUnpack,
  }
}
