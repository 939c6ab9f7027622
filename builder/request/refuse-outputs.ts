import type { Annotation } from '../../images/index.ts'
import type { BuildRequest } from './builder.ts'
import { BuildError } from './errors.ts'
import { isMultiPlatform } from './multi-platform.ts'
import type { Output } from './output.ts'
import { writesImage } from './special-arguments.ts'

/** Refuses options that no output supports, before anything is built. */
export function refuseOutputs(request: BuildRequest): void {
  const isSeveral = isMultiPlatform(request)
  if (isSeveral) for (const output of request.outputs ?? []) refuseSingle(output)
  if (request.attestProvenance || request.attestSbom) refuseUnattested(request)
  if (request.inlineCache && !writesImage(request)) refuseInlineCache()
  for (const annotation of request.annotations ?? []) refuseLost(annotation, request, isSeveral)
  for (const output of (request.outputs ?? []).filter(isImageOutput)) {
    const { mediaTypes, annotations = [] } = output
    if (mediaTypes === 'docker') refuseOciOnly(request, annotations)
    for (const annotation of annotations) refuseLost(annotation, { ...request, outputs: [output] }, isSeveral)
  }
}

function isImageOutput(output: Output): output is Exclude<Output, { type: 'tar' | 'local' }> {
  return output.type !== 'tar' && output.type !== 'local'
}

function refuseInlineCache(): never {
  throw new BuildError('BUILD_REFUSED', 'Cannot write the cache inline: no output is an image', {
    hint: 'Use --cache-to type=registry,ref=NAME or type=local,dest=DIRECTORY',
  })
}

/** Called once the time is known. */
export function refuseUndated({ sourceDateEpoch, outputs = [] }: BuildRequest): void {
  const isUndated = ({ rewriteTimestamp, epochSeconds = sourceDateEpoch }: Output) =>
    rewriteTimestamp === true && epochSeconds === undefined
  if (!outputs.some(isUndated)) return
  throw new BuildError('BUILD_REFUSED', 'Cannot rewrite timestamps: no date is set (expected SOURCE_DATE_EPOCH)', {
    hint: 'Set SOURCE_DATE_EPOCH in the environment, or with --build-arg SOURCE_DATE_EPOCH=$(git log -1 --format=%ct); a directory has no date for "context"',
  })
}

/** Docker's media types describe images without attestations; only their manifests have annotations. */
function refuseOciOnly(request: BuildRequest, ofOutput: readonly Annotation[]): void {
  const { attestProvenance, attestSbom, annotations = [] } = request
  const found =
    attestProvenance || attestSbom
      ? 'attestations'
      : [...annotations, ...ofOutput].some(({ on }) => on !== 'manifest')
        ? 'annotations of a descriptor or an index'
        : undefined
  if (found === undefined) return
  throw new BuildError(
    'BUILD_REFUSED',
    `Cannot write Docker's media types: the build has ${found}, which require OCI media types`,
    {
      hint: 'Remove oci-mediatypes=false',
    },
  )
}

/** Refuses outputs that support a single platform only. */
function refuseSingle(output: Output): void {
  if (output.type === 'docker') {
    const message = "Cannot write several platforms with type=docker: Docker's archive format holds a single platform"
    throw new BuildError('BUILD_REFUSED', message, {
      hint: 'Write an OCI layout with type=oci, or build with a single --platform',
    })
  }
}

/** An attestation is stored next to the image in an index, or in a file next to its files. */
function refuseUnattested(request: BuildRequest): void {
  const { outputs = [], attestProvenance, attestSbom } = request
  const isOptional = !attestSbom && attestProvenance?.inlineOnly
  const other = outputs.find(
    (output) => (output.type === 'docker' && !isOptional) || (output.type === 'image' && !output.push),
  )
  if (outputs.length > 0 && other === undefined) return
  const found = other?.type === 'docker' ? 'an output of type docker' : 'the store'
  throw new BuildError(
    'BUILD_REFUSED',
    `Cannot attest ${request.attestProvenance ? 'provenance' : 'the SBOM'}: ${found} cannot store it (expected type=oci, local or tar, or --push)`,
    { hint: 'Use --metadata-file for the provenance of a build, and tsbuild sbom for the packages of an image' },
  )
}

/** As in BuildKit, an archive for docker is an OCI layout, too. */
function writesLayout({ outputs = [] }: BuildRequest): boolean {
  return outputs.some(({ type }) => type === 'oci' || type === 'docker')
}

function writesManifest(request: BuildRequest): boolean {
  return writesLayout(request) || (request.outputs ?? []).some((output) => output.type === 'image' && output.push)
}

/** Refuses annotations that no output can store. */
function refuseLost({ on, key }: Annotation, request: BuildRequest, isSeveral: boolean): void {
  const hasIndex = isSeveral || request.attestProvenance !== undefined || request.attestSbom === true
  const refuse = (reason: string, hint?: string) => {
    throw new BuildError('BUILD_REFUSED', `Cannot annotate with "${key}": ${reason}`, { hint })
  }
  if (!hasIndex && (on === 'index' || on === 'index-descriptor'))
    refuse('an image for one platform has no index (expected several platforms)')
  if (!writesManifest(request))
    refuse(
      'no output writes a manifest (type=oci, type=docker with dest, or --push)',
      'An image that stays in the store can have labels: --label key=value',
    )
  const isOfLayout = on === 'index-descriptor' || (on === 'manifest-descriptor' && !hasIndex)
  if (isOfLayout && !writesLayout(request)) refuse(`only a layout can store the ${on} (expected type=oci)`)
}
