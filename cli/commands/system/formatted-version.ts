import { release } from 'node:os'
import { hostPlatform } from '../../../image-spec/index.ts'
import { defineCommand } from '../../command.ts'
import { formatDocuments } from '../../output/format-documents.ts'
import { versionCommand } from './version.ts'

declare const TSBUILD_VERSION: string

/** Uses docker's field names: scripts query `.Client.Version` or `.Server.Version`. */
export const formattedVersion = defineCommand({
  ...versionCommand,
  async run({ values, io }) {
    const { os, architecture } = hostPlatform()
    const facts = { Version: TSBUILD_VERSION, Os: os, Arch: architecture, KernelVersion: release() }
    const document = {
      ...facts,
      NodeVersion: process.version,
      Client: facts,
      Server: facts,
    }
    const format = values.format === '' || values.format === 'json' ? '{{json .}}' : values.format
    io.stdout.write(formatDocuments([document], { format, toTerminal: io.stdout.isTTY === true }))
    return 0
  },
})
