import { resolve } from 'node:path'
import { familiarName, parseReference } from '../../../image-spec/index.ts'
import { toSingleLine } from '../../../notation/index.ts'
import type { DescribedImage } from '../../../sbom/index.ts'
import { defineCommand, type Io } from '../../command.ts'
import { findImage } from '../../find-image.ts'
import { platformOf } from '../../flags/platform.ts'
import { jsonText } from '../../output/json-text.ts'
import { writeTextFile } from '../../terminal/write-text-file.ts'

const SHOWN_WARNINGS = 10

export const sbom = defineCommand({
  usage: '[OPTIONS] IMAGE',
  flags: {
    format: {
      kind: 'string',
      default: 'spdx-json',
      choices: ['spdx-json', 'cyclonedx-json'],
      help: 'Document format: SPDX 2.3 or CycloneDX 1.6',
    },
    output: {
      kind: 'string',
      short: 'o',
      value: 'file',
      help: 'Write to a file instead of standard output',
      completes: 'file',
    },
    platform: { kind: 'string', help: 'Describe the image for this platform' },
  },
  positionals: { min: 1, max: 1 },
  completes: 'image',
  notes:
    'Reads the package databases of dpkg, apk and rpm, the installed packages of npm and pip, Cargo.lock files, and the module lists in Go and Rust programs. The document lists what could not be read.',
  async run({ values, positionals, io, engine, interrupt: { signal } }) {
    const { store, native } = await engine()
    const given = positionals[0] ?? ''
    const platform = values.platform === undefined ? undefined : platformOf(values.platform)
    const hold = await store.lock('shared')
    try {
      const { image, reference } = await findImage(store, given, platform)
      const { cycloneDxDocument, describeImage, spdxDocument } = await import('../../../sbom/index.ts')
      const name = reference === undefined ? image.id : familiarName(parseReference(reference))
      const { id, chain, config } = image
      const parts = { store, trees: native.trees }
      const described = await describeImage(parts, { name, id, chain, created: config.created }, signal)
      const document = values.format === 'cyclonedx-json' ? cycloneDxDocument(described) : spdxDocument(described)
      const text = `${jsonText(document, 2)}\n`
      if (values.output === undefined) io.stdout.write(text)
      else await writeTextFile(resolve(io.cwd, values.output), text)
      warn(described, io)
      return 0
    } finally {
      await hold.release()
    }
  },
})

function warn({ inventory: { unread } }: DescribedImage, io: Io): void {
  for (const { path, reason } of unread.slice(0, SHOWN_WARNINGS))
    io.stderr.write(`WARNING: Cannot read "${toSingleLine(path)}": ${toSingleLine(reason)}\n`)
  const more = unread.length - SHOWN_WARNINGS
  if (more > 0) io.stderr.write(`WARNING: ${more} more files could not be read; the document lists them\n`)
}
