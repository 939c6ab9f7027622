import { needPage, stayOpen } from '../../builds/build-ui.ts'
import { type Call, defineCommand } from '../../command.ts'
import { findImages } from '../../find-image.ts'
import { storeWork } from '../../server/store-work.ts'

declare const TSBUILD_VERSION: string

/** The pages of `build --ui` for past builds and stored images. */
export const ui = defineCommand({
  usage: '[OPTIONS] [IMAGE]',
  flags: {},
  positionals: { min: 0, max: 1 },
  completes: 'image',
  notes: [
    'Shows the layers of IMAGE with their files, its configuration and history; without IMAGE, the builds of the store that ran with --ui, disk usage and pruning.',
    'The page is on loopback, at an address that contains a secret. tsbuild build --ui shows a build.',
  ].join('\n'),
  async run({ positionals: [name], io, interrupt, engine }) {
    const page = await (name === undefined ? pastPage(io, engine) : imagePage(name, io, engine))
    await stayOpen(page, { io, interrupt })
    await page.close()
    return 0
  },
})

async function pastPage(io: Call['io'], engine: Call['engine']) {
  const { openPastBuilds, openPastPage } = await import('../../../server/index.ts')
  const { store } = await engine()
  const past = openPastBuilds(store.root)
  return openPastPage({ past, ...(await common(io, engine)) })
}

async function imagePage(name: string, io: Call['io'], engine: Call['engine']) {
  const { openBuildPage } = await import('../../../server/index.ts')
  const shown = await shownImage(name, engine)
  const page = await openBuildPage({
    ...(await common(io, engine)),
    title: name,
    before: [],
    isPushed: false,
    secrets: [],
    past: undefined,
    entrance: '/builds/1/image',
    onCancel: () => undefined,
  })
  page.succeeded({ images: [], platforms: [], warnings: [], stepCount: 0, cachedCount: 0, ...shown })
  return page
}

async function common(io: Call['io'], engine: Call['engine']) {
  const opened = await engine()
  const disk = storeWork(opened.store.root, io.env)
  return { engine: opened, version: TSBUILD_VERSION, disk, pageDirectory: needPage() }
}

async function shownImage(name: string, engine: Call['engine']) {
  const { images, reference } = await findImages((await engine()).store, name)
  const id = images[0]?.id
  return { tags: reference === undefined ? [] : [reference], ...(id !== undefined && { imageId: id }) }
}
