import { execFile, execFileSync, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { gunzipSync, gzipSync } from 'node:zlib'
import type { StoreTreeWork } from '../../layer-store/index.ts'

const run = promisify(execFile)

/** Tree work by GNU tar and flock: enough to test the store's own promises (links between layers are not followed). */
export function tarTreeWork(onWork: (verb: 'pack' | 'unpack') => void = () => {}): StoreTreeWork {
  return {
    packLayer: async ({ layer, output, index }) => {
      onWork('pack')
      const tar = layer.kind === 'tree' ? await tarOf(layer.path) : plain(await readFile(layer.path))
      const result = { diffId: digest(tar), sizeBytes: tar.length, entryCount: 1 }
      if (index !== undefined) await writeFile(index, '')
      if (output === undefined) return result
      const level = output.level === undefined ? {} : { level: output.level }
      const bytes = output.compression === 'gzip' ? gzipSync(tar, level) : tar
      await writeFile(output.path, bytes)
      return { ...result, digest: digest(bytes), outputSizeBytes: bytes.length }
    },
    unpackLayer: async ({ blob, expectDigest, expectDiffId, tree }) => {
      onWork('unpack')
      const bytes = await readFile(blob)
      const tar = plain(bytes)
      if (expectDigest !== undefined && digest(bytes) !== expectDigest) throw codedError('wrong digest')
      if (expectDiffId !== undefined && digest(tar) !== expectDiffId) throw codedError('wrong diff id')
      const partial = `${tree}.partial`
      await mkdir(partial)
      execFileSync('tar', ['-x', '-C', partial], { input: tar })
      await rename(partial, tree)
      return { diffId: digest(tar), sizeBytes: tar.length, entryCount: 1 }
    },
    remove: async ({ paths }) => {
      for (const path of paths) await rm(path, { recursive: true, force: true })
    },
    lock: (descriptor, mode, tryOnly) =>
      new Promise((resolve, reject) => {
        const child = spawn('flock', [...(tryOnly ? ['-n'] : []), mode === 'shared' ? '-s' : '-x', '3'], {
          stdio: ['ignore', 'ignore', 'ignore', descriptor],
        })
        child.on('error', reject)
        child.on('exit', (code) => resolve({ locked: code === 0 }))
      }),
  }
}

export function digest(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`
}

async function tarOf(tree: string): Promise<Buffer> {
  const { stdout } = await run('tar', ['-c', '--sort=name', '-C', tree, '.'], {
    encoding: 'buffer',
    maxBuffer: 64 << 20,
  })
  return stdout
}

function plain(bytes: Buffer): Buffer {
  return bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes
}

/** In the shape of the binary's own errors. */
function codedError(message: string): Error {
  return Object.assign(new Error(`Cannot unpack layer: ${message}`), { code: 'TEST_UNPACK', hint: undefined })
}
