import { type Descriptor, isForeignLayer } from '../../image-spec/index.ts'
import type { RegistryOrigin } from '../transport/exchange.ts'

const MAX_URLS = 4

/**
 * URLs of a foreign layer. SECURITY: they were chosen by the manifest's author: they get a GET without credentials,
 * never over a weaker protocol than the registry's, and the content is verified against its digest
 * (test/images/transfer/foreign-layers.test.ts).
 */
export function foreignUrls(blob: Descriptor, registry: RegistryOrigin): readonly URL[] {
  if (!isForeignLayer(blob)) return []
  const urls = (blob.urls ?? []).flatMap((text) => (URL.canParse(text) ? [new URL(text)] : []))
  const isPlain = registry.origin.startsWith('http:')
  const isAllowed = ({ protocol, username, password }: URL) =>
    (protocol === 'https:' || (protocol === 'http:' && isPlain)) && username === '' && password === ''
  return urls.filter(isAllowed).slice(0, MAX_URLS)
}
