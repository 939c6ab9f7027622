// Packs dist/ as a Debian package for this machine's architecture. `--to DIRECTORY` (default: packages/).
import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { gzipSync } from 'node:zlib'
import { manPage } from './man-page.mjs'
import { BINARY, isCompiledCode, manifest, root, stageProgram } from './stage-program.mjs'

const { values } = parseArgs({ options: { to: { type: 'string' } } })
const destination = resolve(values.to ?? join(root, 'packages'))
const architecture = { x64: 'amd64', arm64: 'arm64' }[process.arch]
const { version } = manifest
const MAINTAINER = 'tsbuild maintainers <maintainers@tsbuild.invalid>'

const CONTROL = `Package: tsbuild
Version: ${version}
Architecture: ${architecture}
Maintainer: ${MAINTAINER}
Section: devel
Priority: optional
Depends: nodejs (>= 20.19)
Recommends: ca-certificates, git, passt | slirp4netns, uidmap
Suggests: postgresql
Description: builds container images from Dockerfiles without daemon and root
 tsbuild builds images, runs containers and pushes to registries. The result
 of a build is that of docker build.
`

/** SPEC: Debian Policy 12.5; the text of the license is part of every Debian system. */
const COPYRIGHT = `Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: tsbuild

Files: *
Copyright: the authors of tsbuild
License: Apache-2.0
 On Debian systems, the text of the Apache License, version 2.0, is in
 /usr/share/common-licenses/Apache-2.0.
`

/** The same bytes for the same version. */
const CHANGELOG = `tsbuild (${version}) unstable; urgency=medium

  * Release ${version}.

 -- ${MAINTAINER}  Thu, 01 Jan 1970 00:00:00 +0000
`

function stage(directory) {
  const home = join(directory, 'usr/lib/tsbuild')
  stageProgram(home)
  for (const name of readdirSync(join(root, 'dist')).filter((file) => file === BINARY || isCompiledCode(file)))
    cpSync(join(root, 'dist', name), join(home, 'dist', name))
  mkdirSync(join(directory, 'usr/share/doc'), { recursive: true })
  cpSync(join(home, 'docs'), join(directory, 'usr/share/doc/tsbuild'), { recursive: true })
  writeFileSync(join(directory, 'usr/share/doc/tsbuild/copyright'), COPYRIGHT)
  writeFileSync(join(directory, 'usr/share/doc/tsbuild/changelog.gz'), gzipSync(CHANGELOG, { level: 9 }))
  mkdirSync(join(directory, 'usr/share/man/man1'), { recursive: true })
  writeFileSync(join(directory, 'usr/share/man/man1/tsbuild.1.gz'), gzipSync(manPage(home, manifest), { level: 9 }))
  for (const name of ['docs', 'LICENSE', 'README.md']) rmSync(join(home, name), { recursive: true })
  mkdirSync(join(directory, 'usr/bin'))
  symlinkSync('../lib/tsbuild/bin/tsbuild', join(directory, 'usr/bin/tsbuild'))
  mkdirSync(join(directory, 'DEBIAN'))
  writeFileSync(join(directory, 'DEBIAN/control'), CONTROL)
}

function must(command, ...words) {
  const { status, error } = spawnSync(command, words, { stdio: ['ignore', 'ignore', 'inherit'] })
  if (error) console.error(`Cannot pack: ${error.message}`)
  if (status !== 0) process.exit(status ?? 1)
}

const scratch = mkdtempSync(join(tmpdir(), 'tsbuild-deb-'))
try {
  const tree = join(scratch, 'tree')
  stage(tree)
  chmodSync(tree, 0o755)
  // independent of the umask of the caller
  must('chmod', '-R', 'u=rwX,go=rX', tree)
  mkdirSync(destination, { recursive: true })
  const file = join(destination, `tsbuild_${version}_${architecture}.deb`)
  must('dpkg-deb', '--root-owner-group', '--build', tree, file)
  console.log(file)
} finally {
  rmSync(scratch, { recursive: true })
}
