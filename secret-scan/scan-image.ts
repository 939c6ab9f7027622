import type { ImageConfig } from '../image-spec/index.ts'
import type { Chain, LayerForm, LayerId, LayerStore } from '../layer-store/index.ts'
import { toSingleLine } from '../notation/index.ts'
import type { TreeWork } from '../sandbox-native/driver/index.ts'
import { configTexts } from './config-texts.ts'
import type { SecretValue } from './secret-values.ts'

export interface ImageToScan {
  /** Searched for in addition to known forms of secrets. */
  readonly values: readonly SecretValue[]
  readonly config: ImageConfig
  readonly chain: Chain
  /** Layers that came with the base image and are not searched. */
  readonly baseLayers: ReadonlySet<LayerId>
}

export interface SecretFinding {
  /** `environment variable TOKEN`, `/app/.npmrc in layer 3 of 5`. */
  readonly location: string
  /** In bytes, from the beginning of that file or text. */
  readonly offset: number
  /** What was found, masked: `the value of secret "npm"`, `GitHub token ghp_****`. */
  readonly what: string
}

export interface ScanReport {
  readonly findings: readonly SecretFinding[]
  /** Includes findings that are not listed. */
  readonly findingCount: number
  readonly scannedBytes: number
  readonly unread: readonly string[]
  /** Compressed files that were searched up to a limit. */
  readonly cut: readonly string[]
}

interface Parts {
  readonly store: LayerStore
  readonly trees: Pick<TreeWork, 'scanSecrets'>
}

const MAX_FINDINGS = 100

/**
 * Searches the new layers, the configuration and the history. SECURITY: values are passed to the native binary on a
 * descriptor.
 */
export async function scanImage(
  { store, trees }: Parts,
  { config, chain, baseLayers, values }: ImageToScan,
  signal?: AbortSignal,
): Promise<ScanReport> {
  const layers: LayerForm[] = []
  const positions: number[] = []
  for (const position of chain.keys()) {
    const form = isNew(chain[position], baseLayers)
      ? await formOf(store, chain.slice(0, position + 1), signal)
      : undefined
    if (form === undefined) continue
    layers.push(form)
    positions.push(position)
  }
  const texts = configTexts(config)
  const request = {
    layers,
    texts: texts.map(({ text }) => text),
    valuesBase64: values.map(({ value }) => value.toString('base64')),
    maxFindings: MAX_FINDINGS,
  }
  const { findings, findingCount, scannedBytes, unread, cut } = await trees.scanSecrets(request, signal)
  const layerName = (at: number) => `layer ${(positions[at] ?? 0) + 1} of ${chain.length}`
  const note = ({ layer, path, reason }: (typeof unread)[number]) =>
    toSingleLine(`${path} in ${layerName(layer)}: ${reason}`)
  return {
    findings: findings.map(({ layer, text, path, offset, value, pattern, shown }) => ({
      location:
        layer === undefined
          ? (texts[text ?? 0]?.location ?? 'configuration')
          : `${toSingleLine(path ?? '')} in ${layerName(layer)}`,
      offset,
      what: value === undefined ? `${pattern} ${shown}****` : `the value of ${values[value]?.name}`,
    })),
    findingCount,
    scannedBytes,
    unread: unread.map(note),
    cut: cut.map(note),
  }
}

/** Form of the chain's last layer. Undefined for a layer of a remote cache that is not on this machine: it was published before. */
async function formOf(
  { layers }: LayerStore,
  chain: Chain,
  signal: AbortSignal | undefined,
): Promise<LayerForm | undefined> {
  const id = chain.at(-1)
  if (id === undefined) return undefined
  const tar = await layers.tar(id)
  if (tar !== undefined) return tar
  const { hasTree, hasTar } = await layers.get(id)
  if (hasTree || hasTar) return (await layers.forms([id], signal))[0]
  if ((await layers.remoteForms(id)).length > 0) return undefined
  // A blob is unpacked on top of the layers below it.
  return (await layers.forms(chain, signal))[0]
}

function isNew(id: LayerId | undefined, baseLayers: ReadonlySet<LayerId>): boolean {
  return id !== undefined && !baseLayers.has(id)
}
