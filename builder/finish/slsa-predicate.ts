import type { ContextMaterial, Material } from '../request/material.ts'
import type { PredicateOptions, Provenance } from '../request/provenance.ts'

/** Plain data, serialized as JSON. */
export type Predicate = Readonly<Record<string, unknown>>

/** Documents the fields, in this package. */
const BUILD_TYPE = 'pkg:npm/tsbuild#docs/provenance.md'

declare const TSBUILD_VERSION: string

const PREDICATE_TYPES = { 'v0.2': 'https://slsa.dev/provenance/v0.2', v1: 'https://slsa.dev/provenance/v1' } as const

export function predicateType({ version = 'v0.2' }: PredicateOptions): string {
  return PREDICATE_TYPES[version]
}

/** SPEC: slsa.dev/spec provenance, v0.2 or v1. */
export function slsaPredicate(provenance: Provenance, options: PredicateOptions): Predicate {
  return options.version === 'v1' ? predicateV1(provenance, options) : predicateV02(provenance, options)
}

function predicateV02(provenance: Provenance, { mode, builderId, reproducible = false }: PredicateOptions): Predicate {
  const { platform, materials, context } = provenance
  return {
    builder: { id: builderId ?? ownId() },
    buildType: BUILD_TYPE,
    materials: withContext(materials, context),
    invocation: {
      configSource: { ...configSource(context), entryPoint: provenance.source.name },
      parameters: requestOf(provenance, mode),
      environment: { platform },
    },
    ...(mode === 'max' && { buildConfig: buildConfigOf(provenance) }),
    metadata: {
      buildInvocationID: provenance.invocationId,
      buildStartedOn: provenance.startedAt,
      buildFinishedOn: provenance.finishedAt,
      completeness: { parameters: mode === 'max', environment: true, materials: isComplete(provenance) },
      reproducible,
    },
  }
}

function predicateV1(provenance: Provenance, { mode, builderId, reproducible }: PredicateOptions): Predicate {
  const { platform, materials, context } = provenance
  return {
    buildDefinition: {
      buildType: BUILD_TYPE,
      externalParameters: {
        configSource: { ...configSource(context), path: provenance.source.name },
        request: requestOf(provenance, mode),
      },
      internalParameters: {
        platform,
        ...(mode === 'max' && { buildConfig: buildConfigOf(provenance) }),
      },
      resolvedDependencies: withContext(materials, context),
    },
    runDetails: {
      builder: { id: builderId ?? ownId() },
      metadata: {
        invocationId: provenance.invocationId,
        startedOn: provenance.startedAt,
        finishedOn: provenance.finishedAt,
        ...(reproducible && { buildkit_reproducible: true }), // SPEC: BuildKit, docs/attestations/slsa-provenance.md
      },
    },
  }
}

/** SPEC: BuildKit: the path of the Dockerfile is relative to the subdirectory. */
function configSource(context: ContextMaterial | undefined): Partial<Material> {
  if (context?.subdirectory === undefined) return context ?? {}
  const { uri, digest, subdirectory } = context
  return { uri: `${uri}${uri.includes('#') ? '' : '#'}:${subdirectory}`, digest }
}

function withContext(materials: readonly Material[], context: ContextMaterial | undefined): readonly Material[] {
  return context === undefined ? materials : [...materials, { uri: context.uri, digest: context.digest }]
}

function ownId(): string {
  return `pkg:npm/tsbuild@${typeof TSBUILD_VERSION === 'undefined' ? '0' : TSBUILD_VERSION}`
}

/** Build arguments and labels may have values that must not be published. */
function requestOf({ parameters, locals, secrets, ssh }: Provenance, mode: PredicateOptions['mode']): unknown {
  const args = Object.entries(parameters).filter(([name]) => mode === 'max' || !/^(?:build-arg|label):/.test(name))
  return {
    frontend: 'dockerfile.v0',
    args: Object.fromEntries(args),
    locals: locals.map((name) => ({ name })),
    ...(mode === 'max' && secrets.length > 0 && { secrets }),
    ...(mode === 'max' && ssh.length > 0 && { ssh }),
  }
}

function buildConfigOf({ source, steps }: Provenance): unknown {
  return {
    dockerfile: source.text,
    steps: steps.map(({ name, operation, inputs }, position) => ({
      id: `step${position}`,
      name,
      operation,
      inputs: inputs.map((input) => `step${input}`),
    })),
  }
}

/** Incomplete if commands may have fetched something, or if directories of the caller were used. */
function isComplete({ steps, locals }: Provenance): boolean {
  return (
    locals.length === 0 && !steps.some(({ operation }) => operation.kind === 'exec' && operation.network !== 'none')
  )
}
