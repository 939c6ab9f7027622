import { expect, test } from 'vitest'
import { withClient } from '../../cli/images/with-client.ts'
import { openStore } from '../../layer-store/index.ts'
import { openNative } from '../../sandbox-native/driver/index.ts'
import { temporaryStore } from '../layer-store/temporary-store.ts'

test('a registry configuration that cannot be read is reported while another command holds the store alone', async () => {
  const store = await temporaryStore()
  const other = await openStore(store.root, openNative().trees)
  const alone = await other.lock('exclusive')
  const registry = () => Promise.reject(new Error('bad configuration'))
  await expect(withClient({ store, registry }, async () => 0)).rejects.toThrow('bad configuration')
  await alone.release()
  await (await other.lock('exclusive')).release() // the first command waits no longer
})
