import { closeSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { hasCode } from '../../errors/index.ts'
import type { ContainerFiles } from '../state/container-files.ts'
import { openDirectory } from '../state/open-directory.ts'
import { createFrameReader, FrameKind } from './control-frames.ts'

export interface ContainerExit {
  readonly exitCode: number
  readonly oomKilled: boolean
}

/** Undefined if no supervisor listens: the container is not running. */
export async function connectControl(files: ContainerFiles): Promise<Socket | undefined> {
  const directory = openDirectory(files.directory)
  if (directory === undefined) return undefined
  try {
    // Socket paths are limited to 107 bytes; a path via the open directory is always short enough.
    return await connected(connect(`/proc/self/fd/${directory}/attach.sock`))
  } catch (error) {
    // Reset: the supervisor was killed before it accepted the connection.
    if (hasCode(error, 'ENOENT', 'ECONNREFUSED', 'ECONNRESET')) return undefined
    throw error
  } finally {
    closeSync(directory)
  }
}

/** Sends one message; false if no process receives it. */
export async function sendControl(files: ContainerFiles, message: Buffer): Promise<boolean> {
  const socket = await connectControl(files)
  if (socket === undefined) return false
  await new Promise<void>((resolve) => {
    socket.on('error', () => resolve()) // the supervisor exited concurrently
    socket.end(message, resolve)
  })
  return true
}

/**
 * Resolves when the supervisor closes the connection: with the container's exit status, or undefined if the supervisor
 * was killed before sending one. Can send a message first.
 */
export async function waitForExit(
  files: ContainerFiles,
  options: { readonly message?: Buffer; readonly signal?: AbortSignal } = {},
): Promise<ContainerExit | 'not-running' | undefined> {
  const socket = await connectControl(files)
  if (socket === undefined) return 'not-running'
  if (options.message !== undefined) socket.write(options.message)
  return new Promise((resolve, reject) => {
    let exit: ContainerExit | undefined
    const abort = () => {
      socket.destroy()
      reject(options.signal?.reason)
    }
    if (options.signal?.aborted === true) return abort()
    options.signal?.addEventListener('abort', abort, { once: true })
    const read = createFrameReader((kind, payload) => {
      if (kind === FrameKind.exit) exit = parseExit(payload)
    })
    socket.on('data', read)
    socket.on('error', () => {}) // `close` follows and ends the wait
    socket.on('close', () => {
      options.signal?.removeEventListener('abort', abort)
      resolve(exit)
    })
  })
}

export function parseExit(payload: Buffer): ContainerExit {
  const document: unknown = JSON.parse(payload.toString('utf8'))
  const found = typeof document === 'object' && document !== null ? document : {}
  const exitCode = 'exitCode' in found && typeof found.exitCode === 'number' ? found.exitCode : 137
  return { exitCode, oomKilled: 'oomKilled' in found && found.oomKilled === true }
}

function connected(socket: Socket): Promise<Socket> {
  return new Promise((resolve, reject) => {
    socket.once('connect', () => {
      socket.off('error', reject)
      resolve(socket)
    })
    socket.once('error', reject)
  })
}
