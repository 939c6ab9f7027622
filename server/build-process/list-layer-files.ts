import { createReadStream } from 'node:fs'
import { lstat, readdir, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { extract, type Header } from 'tar-stream'
import type { LayerForm } from '../../layer-store/index.ts'
import type { LayerFiles } from '../api/index.ts'

type LayerFile = LayerFiles['files'][number]

const MAX_FILES = 2000

/** The largest files of a layer, and how many there are. */
export async function listLayerFiles(form: LayerForm): Promise<LayerFiles> {
  const files = form.kind === 'tree' ? await filesOfTree(form.path) : await filesOfTar(form.path)
  const count = files.filter(({ kind }) => kind !== 'directory').length
  files.sort((a, b) => b.sizeBytes - a.sizeBytes || (a.path < b.path ? -1 : 1))
  return { fileCount: count, files: files.slice(0, MAX_FILES) }
}

async function filesOfTree(root: string): Promise<LayerFile[]> {
  const files: LayerFile[] = []
  const walk = async (below: string): Promise<void> => {
    for (const name of await readdir(join(root, below))) {
      const path = join(below, name)
      const stat = await lstat(join(root, path))
      const isWhiteout = stat.isCharacterDevice() && stat.rdev === 0
      const common = { path, mode: stat.mode & 0o7777, uid: stat.uid, gid: stat.gid, sizeBytes: 0 }
      if (stat.isDirectory()) {
        files.push({ ...common, kind: 'directory' })
        await walk(path)
      } else if (stat.isSymbolicLink()) {
        files.push({ ...common, kind: 'symlink', target: await readlink(join(root, path)) })
      } else if (stat.isFile()) files.push({ ...common, kind: 'file', sizeBytes: stat.size })
      else files.push({ ...common, kind: isWhiteout ? 'whiteout' : 'device' })
    }
  }
  await walk('/')
  return files
}

async function filesOfTar(path: string): Promise<LayerFile[]> {
  const files: LayerFile[] = []
  const archive = extract()
  archive.on('entry', (header, content, next) => {
    files.push(fileOf(header))
    content.on('end', next).resume()
  })
  await pipeline(createReadStream(path), archive)
  return files
}

const KINDS: Readonly<Record<string, LayerFile['kind']>> = {
  file: 'file',
  'contiguous-file': 'file',
  directory: 'directory',
  symlink: 'symlink',
  link: 'link',
}

function fileOf({ name, type, size = 0, mode = 0, uid = 0, gid = 0, linkname }: Header): LayerFile {
  const path = `/${name.replace(/^(\.?\/)+|\/$/g, '')}`
  const whiteout = /^(.*\/)\.wh\.(.+)$/.exec(path)
  const plain = { path, sizeBytes: 0, mode, uid, gid }
  if (whiteout !== null) return { ...plain, path: `${whiteout[1]}${whiteout[2]}`, kind: 'whiteout' }
  const kind = KINDS[type ?? ''] ?? 'device'
  return { ...plain, kind, sizeBytes: kind === 'file' ? size : 0, ...(linkname && { target: linkname }) }
}
