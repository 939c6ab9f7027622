declare const TSBUILD_VERSION: string

process.stdout.write(`tsbuild ${TSBUILD_VERSION}\n`)
