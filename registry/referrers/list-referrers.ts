import {
  type Descriptor,
  type DigestReference,
  ImageSpecError,
  MediaType,
  parseIndex,
  repositoryName,
} from '../../image-spec/index.ts'
import { RegistryError } from '../errors.ts'
import { nextPage } from '../pull/next-page.ts'
import { apiUrl } from '../transport/api-url.ts'
import type { Transport } from '../transport/create-transport.ts'
import { type ExchangeResponse, readCapped } from '../transport/exchange.ts'
import { isPage } from '../transport/response-error.ts'
import type { ListReferrersRequest } from './referrers.ts'
import { readReferrersTag, referrersTag } from './referrers-tag.ts'

const MAX_PAGE_BYTES = 4 << 20
/** SECURITY: bounds a registry that always links to another page, in time and memory. */
const MAX_PAGES = 1000
const MAX_REFERRERS = 20_000
/** Statuses of registries without the referrers API. */
const NO_API = new Set([400, 404, 405, 406, 501])

/** Uses the referrers API, else the referrers tag. SPEC: distribution-spec spec.md#listing-referrers */
export async function listReferrers(
  transport: Transport,
  subject: DigestReference,
  { artifactType, signal }: ListReferrersRequest = {},
): Promise<readonly Descriptor[]> {
  const listed =
    (await queryApi(transport, subject, { artifactType, signal })) ??
    (await readReferrersTag(transport, referrersTag(subject, subject.digest), signal))
  // Registries may ignore the filter, and the tag's list is unfiltered.
  return artifactType === undefined ? listed : listed.filter((entry) => entry.artifactType === artifactType)
}

async function queryApi(
  transport: Transport,
  subject: DigestReference,
  { artifactType, signal }: ListReferrersRequest,
): Promise<readonly Descriptor[] | undefined> {
  const object = `${repositoryName(subject)}@${subject.digest}`
  const registry = await transport.findOrigin(subject.host, signal)
  const scopes = [`repository:${subject.repository}:pull`]
  const headers = { accept: MediaType.ociIndex }
  const entries: Descriptor[] = []
  const read = new Set<string>()
  let url: URL | undefined = apiUrl(registry.origin, subject, `referrers/${subject.digest}`)
  if (artifactType !== undefined) url.searchParams.set('artifactType', artifactType)
  for (let page = 0; url !== undefined; page += 1) {
    if (page === MAX_PAGES) throw bad(object, `more than ${MAX_PAGES} pages`)
    const response = await transport.send({ method: 'GET', url, headers, registry, scopes, signal })
    if (page === 0 && NO_API.has(response.status)) {
      await response.discard()
      return undefined
    }
    if (response.status !== 200 || isPage(response)) {
      throw await transport.failure(response, { action: 'list the referrers of', object, server: subject })
    }
    entries.push(...(await readPage(response, object)))
    if (entries.length > MAX_REFERRERS) throw bad(object, `more than ${MAX_REFERRERS} entries`)
    url = nextPage(response.header('link'), url, read)
  }
  return entries
}

async function readPage(response: ExchangeResponse, object: string): Promise<readonly Descriptor[]> {
  const { bytes, isWhole } = await readCapped(response, MAX_PAGE_BYTES)
  if (!isWhole) throw bad(object, `a page larger than ${MAX_PAGE_BYTES} bytes`)
  try {
    return parseIndex(bytes, MediaType.ociIndex).manifests
  } catch (cause) {
    if (!(cause instanceof ImageSpecError)) throw cause
    throw bad(object, cause.message, cause)
  }
}

function bad(object: string, found: string, cause?: unknown): RegistryError {
  return new RegistryError('REGISTRY_BAD_RESPONSE', `Cannot read the referrers of "${object}": ${found}`, { cause })
}
