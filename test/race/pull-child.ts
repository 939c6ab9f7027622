/** Runs in a separate process: `pull-child <root> <reference> <bytes>`. Prints "there" when so many bytes of the layer are here. */

import { parseReference } from '../../image-spec/index.ts'
import { pullImage } from '../../images/transfer/pull-image.ts'
import { openStore } from '../../layer-store/index.ts'
import { createRegistryClient } from '../../registry/index.ts'
import { openNative } from '../../sandbox-native/driver/index.ts'

const [root = '', reference = '', bytes = ''] = process.argv.slice(2)
const store = await openStore(root, openNative().trees)
const client = createRegistryClient({ credentials: { find: async () => undefined }, env: {} })
await pullImage({
  store,
  client,
  reference: parseReference(reference),
  platform: { os: 'linux', architecture: 'amd64' },
  onProgress: (_, doneBytes) => {
    if (doneBytes >= Number(bytes)) process.stdout.write('there\n')
  },
})
