import { type ImageReference, isTag, repositoryName } from '../../image-spec/index.ts'
import { RegistryError } from '../errors.ts'
import { apiUrl } from '../transport/api-url.ts'
import type { Transport } from '../transport/create-transport.ts'
import { readCapped } from '../transport/exchange.ts'
import { isRecord, parseJson } from '../transport/response-error.ts'
import { nextPage } from './next-page.ts'

const MAX_PAGE_BYTES = 4 << 20
/** SECURITY: bounds a registry that always links to another page. */
const MAX_PAGES = 1000
const MAX_TAGS = 500_000

/** Every tag of the repository, in the registry's order. SPEC: distribution-spec spec.md#listing-tags */
export async function listTags(
  transport: Transport,
  reference: ImageReference,
  signal?: AbortSignal,
): Promise<readonly string[]> {
  const object = repositoryName(reference)
  const registry = await transport.findOrigin(reference.host, signal)
  const tags: string[] = []
  const read = new Set<string>()
  let url: URL | undefined = apiUrl(registry.origin, reference, 'tags/list')
  for (let page = 0; url !== undefined; page += 1) {
    if (page === MAX_PAGES) throw bad(object, `it has more than ${MAX_PAGES} pages`)
    const scopes = [`repository:${reference.repository}:pull`]
    const response = await transport.send({ method: 'GET', url, registry, scopes, signal })
    if (response.status !== 200) {
      throw await transport.failure(response, { action: 'list the tags of', object, server: reference })
    }
    const { bytes, isWhole } = await readCapped(response, MAX_PAGE_BYTES)
    if (!isWhole) throw bad(object, `a page is larger than ${MAX_PAGE_BYTES} bytes`)
    for (const tag of tagsOf(bytes, object)) tags.push(tag) // too many for the arguments of one call
    if (tags.length > MAX_TAGS) throw bad(object, `it has more than ${MAX_TAGS} tags`)
    url = nextPage(response.header('link'), url, read)
  }
  return tags
}

/** A repository without tags may have null. */
function tagsOf(bytes: Buffer, object: string): readonly string[] {
  const document = parseJson(bytes.toString('utf8'))
  if (!isRecord(document)) throw bad(object, 'not a JSON object')
  const tags = document['tags'] ?? []
  if (!Array.isArray(tags) || !tags.every((tag): tag is string => typeof tag === 'string' && isTag(tag)))
    throw bad(object, 'it has an entry that is not a tag')
  return tags
}

function bad(object: string, found: string): RegistryError {
  return new RegistryError('REGISTRY_BAD_RESPONSE', `Cannot read the list of tags of "${object}": ${found}`)
}
