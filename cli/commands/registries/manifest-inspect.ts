import { familiarName, fullName, type ImageReference, parseUntrustedJson } from '../../../image-spec/index.ts'
import { type ListEntry, type ManifestLists, openManifestLists } from '../../../images/index.ts'
import { type Call, defineCommand } from '../../command.ts'
import { CliError } from '../../errors.ts'
import { insecureFlags, insecureOptions, listsOf, namedReference, requireList } from '../../images/manifest-flags.ts'
import { jsonText } from '../../output/json-text.ts'

export const manifestInspect = defineCommand({
  usage: '[OPTIONS] [MANIFEST_LIST] MANIFEST',
  flags: {
    verbose: { kind: 'bool', short: 'v', help: 'Also print references, descriptors and the manifests of an index' },
    ...insecureFlags,
  },
  positionals: { min: 1, max: 2 },
  notes: 'MANIFEST is a local manifest list, or an image or index in a registry.',
  async run(call) {
    const { values, positionals, io } = call
    const references = positionals.map(namedReference)
    const [first, second] = references
    if (first === undefined) throw new Error('unreachable: there is a first name')
    const lists = await listsOf(call, insecureOptions(values, references))
    const shown = values.verbose ? describe : ({ bytes }: ListEntry) => json(bytes)
    const document =
      second === undefined
        ? await inspectOne(call, lists, { reference: first, isVerbose: values.verbose })
        : shown(await findEntry(lists, first, second))
    io.stdout.write(`${jsonText(document, 4)}\n`)
    return 0
  },
})

async function inspectOne(
  { engine, interrupt }: Pick<Call, 'engine' | 'interrupt'>,
  lists: ManifestLists,
  { reference, isVerbose }: { readonly reference: ImageReference; readonly isVerbose: boolean },
): Promise<unknown> {
  const { fetchListed, indexOf } = await openManifestLists()
  const list = await lists.find(reference)
  if (list !== undefined) return isVerbose ? list.entries.map(describe) : json(indexOf(list).bytes)
  const client = await (await engine()).registry()
  const top = await client.fetchManifest(reference, { action: 'inspect', signal: interrupt.signal })
  if (!isVerbose) return json(top.bytes)
  if (top.kind === 'manifest') return describe({ reference, descriptor: top.descriptor, bytes: top.bytes })
  return (await fetchListed(client, { reference, index: top.index }, interrupt.signal)).map(describe)
}

async function findEntry(lists: ManifestLists, name: ImageReference, reference: ImageReference): Promise<ListEntry> {
  const { entries } = await requireList(lists, name)
  const found = entries.find((entry) => fullName(entry.reference) === fullName(reference))
  if (found !== undefined) return found
  throw new CliError(
    'CLI_NOT_FOUND',
    `Cannot inspect "${familiarName(reference)}": not in manifest list "${familiarName(name)}"`,
  )
}

/** SPEC: docker manifest inspect --verbose. */
function describe({ reference, descriptor, bytes }: ListEntry): unknown {
  const isOci = descriptor.mediaType.startsWith('application/vnd.oci.')
  return {
    Ref: fullName(reference),
    Descriptor: descriptor,
    Raw: Buffer.from(bytes).toString('base64'),
    [isOci ? 'OCIManifest' : 'SchemaV2Manifest']: json(bytes),
  }
}

function json(bytes: Uint8Array): unknown {
  return parseUntrustedJson(Buffer.from(bytes).toString('utf8'))
}
