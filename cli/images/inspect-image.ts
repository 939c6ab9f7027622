import { familiarName, parseReference } from '../../image-spec/index.ts'
import { type Chain, type ImageRecord, type LayerId, type LayerStore, layerSize } from '../../layer-store/index.ts'

/**
 * The document of `docker image inspect`; `GraphDriver.Layers` contains the path of each layer. SPEC: Engine API,
 * ImageInspect.
 */
export async function inspectImage(store: LayerStore, image: ImageRecord): Promise<Readonly<Record<string, unknown>>> {
  const { config } = image
  return {
    Id: image.id,
    RepoTags: image.tags.map(familiar),
    RepoDigests: image.repositoryDigests.map(familiar),
    Parent: '',
    Comment: config.history?.at(-1)?.comment ?? '',
    Created: config.created ?? '',
    Container: '',
    ContainerConfig: { ...EMPTY_CONFIG, ...EMPTY_ARGUMENTS },
    DockerVersion: '',
    Author: config.author ?? '',
    Config: containerConfig(image),
    Architecture: config.architecture,
    ...(config.variant !== undefined && { Variant: config.variant }),
    Os: config.os,
    Size: image.sizeBytes,
    VirtualSize: image.sizeBytes,
    GraphDriver: await graphDriver(store, image),
    RootFS: { Type: config.rootfs.type, Layers: config.rootfs.diff_ids },
    Metadata: { LastTagTime: image.storedAt },
  }
}

function familiar(full: string): string {
  return familiarName(parseReference(full))
}

/** Fields of containers that docker also has in images, always empty. */
const EMPTY_CONFIG = {
  Hostname: '',
  Domainname: '',
  User: '',
  AttachStdin: false,
  AttachStdout: false,
  AttachStderr: false,
  Tty: false,
  OpenStdin: false,
  StdinOnce: false,
}

const EMPTY_ARGUMENTS = {
  Env: null,
  Cmd: null,
  Image: '',
  Volumes: null,
  WorkingDir: '',
  Entrypoint: null,
  OnBuild: null,
  Labels: null,
}

/** Includes the fields that docker always has. */
function containerConfig({ config }: ImageRecord): Readonly<Record<string, unknown>> {
  const own = config.config ?? {}
  return {
    ...EMPTY_CONFIG,
    User: own.User ?? '',
    ...(own.ExposedPorts !== undefined && { ExposedPorts: own.ExposedPorts }),
    Env: own.Env ?? [],
    Cmd: own.Cmd ?? null,
    ...(own.ArgsEscaped !== undefined && { ArgsEscaped: own.ArgsEscaped }),
    ...(own.Healthcheck !== undefined && { Healthcheck: own.Healthcheck }),
    Image: '',
    Volumes: own.Volumes ?? null,
    WorkingDir: own.WorkingDir ?? '',
    Entrypoint: own.Entrypoint ?? null,
    OnBuild: own.OnBuild ?? null,
    Labels: own.Labels ?? null,
    ...(own.StopSignal !== undefined && { StopSignal: own.StopSignal }),
    ...(own.Shell !== undefined && { Shell: own.Shell }),
  }
}

async function graphDriver(store: LayerStore, image: ImageRecord): Promise<Readonly<Record<string, unknown>>> {
  const layers = await Promise.all(
    image.chain.map((id, index) => placeOf(store, id, image.config.rootfs.diff_ids[index])),
  )
  const trees = layers.filter((layer) => layer.Form === 'tree').map((layer) => layer.Path)
  const upper = trees.at(-1)
  return {
    Name: 'overlay2',
    Data: {
      ...(trees.length > 1 ? { LowerDir: trees.slice(0, -1).reverse().join(':') } : {}),
      ...(upper !== undefined && { UpperDir: upper }),
    },
    Layers: layers,
  }
}

interface LayerStorage {
  readonly Id: string
  readonly DiffId: string
  readonly Size: number
  readonly Form: 'tree' | 'tar' | 'blob' | 'missing'
  readonly Path: string
}

/** Reports the existing form; does not unpack anything. */
async function placeOf(store: LayerStore, id: LayerId, diffId = ''): Promise<LayerStorage> {
  const layer = await store.layers.get(id)
  const shared = { Id: id, DiffId: diffId, Size: layerSize(layer) }
  if (layer.hasTree || layer.hasTar) {
    const chain: Chain = [id]
    const [form] = await store.layers.forms(chain)
    if (form !== undefined) return { ...shared, Form: form.kind, Path: form.path }
  }
  const blob = layer.compressed[0]
  return blob === undefined
    ? { ...shared, Form: 'missing', Path: '' }
    : { ...shared, Form: 'blob', Path: store.blobs.path(blob.digest) }
}
