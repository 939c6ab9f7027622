import { familiarName, withDefaultTag } from '../../../image-spec/index.ts'
import { copyImage, type ImageLocation } from '../../../images/index.ts'
import { defineCommand } from '../../command.ts'
import { usageError } from '../../errors.ts'
import { platformOf } from '../../flags/platform.ts'
import { insecureHostsOf, tlsVerifyFlag } from '../../flags/tls-verify.ts'
import { checkImageLocations, parseImageLocation } from '../../images/image-locations.ts'
import { showTransfer } from '../../terminal/show-transfer.ts'

export const copy = defineCommand({
  usage: '[OPTIONS] SOURCE DESTINATION',
  flags: {
    all: { kind: 'bool', short: 'a', help: 'Copy all platforms of a multi-platform image' },
    platform: {
      kind: 'string',
      help: 'Platform to select from a multi-platform image',
      shownDefault: "this machine's",
    },
    referrers: {
      kind: 'bool',
      help: "Also copy signatures, SBOMs and other documents that refer to the image, and cosign's tags",
    },
    quiet: { kind: 'bool', short: 'q', help: 'Print the digest only' },
    'tls-verify': tlsVerifyFlag,
  },
  positionals: { min: 2, max: 2 },
  notes: `Source and destination are written as for skopeo:
  docker://NAME[:TAG|@DIGEST]      a registry
  oci:DIRECTORY[:TAG|@DIGEST]      an OCI image layout
  oci-archive:FILE[:TAG|@DIGEST]   an OCI image layout in a tar archive
  docker-archive:FILE[:NAME]       an archive of docker save
  store:NAME or NAME               the store of tsbuild

Manifests and layers are copied as they are, and digests stay the same, except from the store by tag and from or to a docker-archive, which keep no manifest.`,
  async run({ values, positionals, io, engine, interrupt }) {
    const [source = '', destination = ''] = positionals
    const [from, to] = [parseImageLocation(source, io.cwd), parseImageLocation(destination, io.cwd)]
    checkImageLocations(from, to)
    refuseFlags(values, from, to)
    const platform = values.all ? undefined : platformFor(from, values.platform)
    const registries = [from, to].flatMap((location) => (location.kind === 'registry' ? [location.reference] : []))
    const opened = await engine(insecureHostsOf(values, ...registries))
    const { store, registry } = opened
    const isPlatformRequired = values.platform !== undefined
    const hasReferrers = values.referrers
    const { signal } = interrupt
    const name = nameOf(from, source)
    const { digest, size } = await showTransfer(
      { action: 'copying', name, quiet: values.quiet, io, signal },
      (onProgress) =>
        copyImage({ store, registry, from, to, platform, isPlatformRequired, hasReferrers, onProgress }, signal),
    )
    io.stdout.write(values.quiet ? `${digest}\n` : `${nameOf(to, destination)}: digest: ${digest} size: ${size}\n`)
    return 0
  },
})

function refuseFlags(
  values: { readonly all: boolean; readonly platform: string | undefined; readonly referrers: boolean },
  from: ImageLocation,
  to: ImageLocation,
): void {
  if (values.all && values.platform !== undefined) throw usageError('Cannot use "--all" with "--platform"')
  if (values.all && (to.kind === 'docker-archive' || from.kind === 'docker-archive'))
    throw usageError(
      'Cannot use "--all": an archive of docker save contains a single platform',
      'Use oci-archive: instead',
    )
  if (!values.referrers) return
  const without = [from, to].find(({ kind }) => kind === 'store' || kind === 'docker-archive')
  if (without !== undefined)
    throw usageError(
      `Cannot use "--referrers": ${without.kind === 'store' ? 'the store' : 'an archive of docker save'} keeps no referrers`,
    )
}

/** A manifest named by digest is copied whatever its platform. */
function platformFor(from: ImageLocation, text: string | undefined) {
  const isExact = from.kind === 'store' && from.name.includes('@')
  return isExact && text === undefined ? undefined : platformOf(text)
}

function nameOf(location: ImageLocation, text: string): string {
  return location.kind === 'registry' ? familiarName(withDefaultTag(location.reference)) : text
}
