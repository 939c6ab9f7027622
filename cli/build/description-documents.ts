import type { DockerfileDescription } from '../../builder/index.ts'

type Finding = DockerfileDescription['diagnostics'][number]
type Range = Finding['range']

/** SPEC: buildkit frontend/subrequests/lint: the shape of `--call=check,format=json`. */
export function checkDocument({ diagnostics, source }: DockerfileDescription): unknown {
  const isCheck = ({ code }: Finding) => !/^(?:PARSE|PLAN|BUILD)_/.test(code)
  const isMistake = (finding: Finding) => finding.severity === 'error' || finding.code.startsWith('BUILD_')
  const mistake = diagnostics.find((finding) => isMistake(finding) && !isCheck(finding))
  return {
    warnings: diagnostics.filter(isCheck).map(({ code, message, range }) => ({
      ruleName: code,
      detail: message,
      location: locationOf(range),
    })),
    sources: [{ fileName: source.name, language: 'Dockerfile', data: base64(source.text) }],
    ...(mistake && { buildError: { message: mistake.message, location: locationOf(mistake.range) } }),
  }
}

/** SPEC: buildkit frontend/subrequests/targets. */
export function targetsDocument({ targets = [], source }: DockerfileDescription): unknown {
  return {
    targets: targets.map(({ name, description, isDefault, base, platform, range }) => ({
      ...(name !== undefined && { name }),
      ...(isDefault && { default: true }),
      ...(description !== undefined && { description }),
      base,
      ...(platform !== undefined && { platform }),
      location: locationOf(range),
    })),
    sources: [base64(source.text)],
  }
}

/** SPEC: buildkit frontend/subrequests/outline. */
export function outlineDocument({ outline, source }: DockerfileDescription): unknown {
  const { name, description, args = [], secrets = [], ssh = [], caches = [] } = outline ?? {}
  return {
    ...(name !== undefined && { name }),
    ...(description !== undefined && { description }),
    args: args.map(({ range, ...arg }) => ({ ...arg, location: locationOf(range) })),
    secrets: secrets.map((mount) => ({ ...named(mount), location: locationOf(mount.range) })),
    ssh: ssh.map((mount) => ({ ...named(mount), location: locationOf(mount.range) })),
    cache: caches.map((mount) => ({ id: mount.name, location: locationOf(mount.range) })),
    sources: [base64(source.text)],
  }
}

function named({ name, required }: { readonly name: string; readonly required: boolean }): object {
  return { name, ...(required && { required }) }
}

/** Characters count from 0 there, lines from 1. */
function locationOf({ start, end }: Range): object {
  const position = ({ line, column }: Range['start']) => ({ line, character: column - 1 })
  return { ranges: [{ start: position(start), end: position(end) }] }
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}
