import { needPage, stayOpen } from '../builds/build-ui.ts'
import { type Call, defineCommand } from '../command.ts'
import { findImages } from '../find-image.ts'
import { storeWork } from '../server/store-work.ts'

declare const TSBUILD_VERSION: string

/** The pages of `build --ui` that need no build. */
export const ui = defineCommand({
  usage: '[OPTIONS] [IMAGE]',
  flags: {},
  positionals: { min: 0, max: 1 },
  completes: 'image',
  notes: [
    'Shows the layers of IMAGE with their files, its configuration and history; without IMAGE, disk usage and pruning.',
    'The page is on loopback, at an address that contains a secret. tsbuild build --ui shows a build.',
  ].join(' '),
  async run({ positionals: [name], io, interrupt, engine }) {
    const { openBuildPage } = await import('../../server/index.ts')
    const { store } = await engine()
    const shown = name === undefined ? undefined : await shownImage(name, engine)
    const page = await openBuildPage({
      title: name ?? 'Disk use',
      store,
      version: TSBUILD_VERSION,
      before: [],
      isPushed: false,
      secrets: [],
      disk: storeWork(store.root, io.env),
      pageDirectory: needPage(),
      entrance: name === undefined ? '/disk' : '/builds/1/image',
      onCancel: () => undefined,
    })
    page.succeeded({ tags: [], images: [], platforms: [], warnings: [], stepCount: 0, cachedCount: 0, ...shown })
    await stayOpen(page, { io, interrupt })
    await page.close()
    return 0
  },
})

async function shownImage(name: string, engine: Call['engine']) {
  const { images, reference } = await findImages((await engine()).store, name)
  const id = images[0]?.id
  return { tags: reference === undefined ? [] : [reference], ...(id !== undefined && { imageId: id }) }
}
