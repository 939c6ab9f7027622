import type { ContainerConfig } from '../../image-spec/index.ts'
import { hostPlatform, present } from '../../image-spec/index.ts'
import { type Instruction, parseDockerfile } from '../../parser/index.ts'
import { baseKey } from '../plan/graph/base-key.ts'
import { planBuild } from '../plan/plan-build.ts'
import { BuildError } from '../request/errors.ts'

/** Instructions that change settings only. */
const ALLOWED: ReadonlySet<Instruction['kind']> = new Set([
  'from',
  'cmd',
  'entrypoint',
  'env',
  'expose',
  'healthcheck',
  'label',
  'onbuild',
  'stopsignal',
  'user',
  'volume',
  'workdir',
])

/** Applies Dockerfile instructions to image settings, as for `commit --change`. Pure. Throws BUILD_REFUSED. */
export function applyChanges(config: ContainerConfig, changes: readonly string[]): ContainerConfig {
  if (changes.length === 0) return config
  const { dockerfile, diagnostics } = parseDockerfile(['FROM base', ...changes].join('\n'))
  if (dockerfile === undefined) throw refused(diagnostics)
  for (const { kind } of dockerfile.stages.flatMap(({ instructions }) => instructions)) {
    if (!ALLOWED.has(kind)) throw notASetting(kind)
  }
  const platform = hostPlatform()
  const image = { ...platform, config, rootfs: { type: 'layers' as const, diff_ids: [] } }
  const planned = planBuild(
    {
      dockerfile,
      buildArgs: {},
      labels: {},
      buildPlatform: platform,
      targetPlatform: platform,
      network: 'default',
      noCache: false,
      noCacheFilter: [],
      namedContexts: {},
    },
    new Map([[baseKey({ reference: 'base', platform }), { config: image, key: 'base' }]]),
  )
  if (planned.kind === 'planned') return withoutDefaultPath(planned.plan.image.config, config, changes)
  throw refused(planned.kind === 'refused' ? planned.diagnostics : [])
}

/** The planner adds a PATH if the base has none; `commit --change` must not. */
function withoutDefaultPath(
  planned: ContainerConfig,
  before: ContainerConfig,
  changes: readonly string[],
): ContainerConfig {
  const isPath = (entry: string): boolean => entry.startsWith('PATH=')
  if (before.Env?.some(isPath) || changes.some((change) => /\bPATH[ =]/.test(change))) return planned
  const { Env = [], ...rest } = planned
  const env = Env.filter((entry) => !isPath(entry))
  return env.length === 0 ? rest : { ...rest, Env: env }
}

/** Without an excerpt: the user wrote single lines, not the Dockerfile above. */
function refused(diagnostics: BuildError['diagnostics']): BuildError {
  const first = diagnostics.find(({ severity }) => severity === 'error')
  return new BuildError('BUILD_REFUSED', first?.message ?? 'Cannot apply the changes: they use another image', {
    ...present('hint', first?.hint),
  })
}

function notASetting(kind: string): BuildError {
  return new BuildError('BUILD_REFUSED', `Cannot apply the change "${kind.toUpperCase()}": not a setting of an image`, {
    hint: `Use one of ${[...ALLOWED].slice(1).join(', ').toUpperCase()}`,
  })
}
