import type { ExecMount, ExecOperation, FileOperationAction, Operation, SourceOperation } from './operation.ts'

/** Describes an operation, one fact per line; `input` names the node for an input's index. */
export function describeOperation(operation: Operation, input: (position: number) => string): readonly string[] {
  switch (operation.kind) {
    case 'source':
      return [describeSource(operation)]
    case 'exec':
      return describeExec(operation, input)
    case 'file':
      return operation.actions.map((action) => describeAction(action, input))
    case 'merge':
      return ['the last over the ones before']
    case 'diff':
      return ['the second without the first']
  }
}

function describeSource(source: SourceOperation): string {
  switch (source.source) {
    case 'image':
      return `image ${source.reference} ${source.platform}`
    case 'local':
      return `files of ${source.name === 'context' ? 'the build context' : `the context "${source.name}"`}`
    case 'git': {
      const { url, reference, subdirectory, checksum } = source
      const revision = `${reference || 'HEAD'}${subdirectory && `:${subdirectory}`}`
      return `git ${url} ${revision}${checksum ? `, commit ${checksum}` : ''}`
    }
    case 'http':
      return `download ${source.url} as ${source.filename}${source.checksum ? `, ${source.checksum}` : ''}`
    case 'scratch':
      return 'nothing'
  }
}

function describeExec(exec: ExecOperation, input: (position: number) => string): readonly string[] {
  const unusual = [
    ...(exec.network === 'default' ? [] : [`network ${exec.network}`]),
    ...(exec.security === 'sandbox' ? [] : [`security ${exec.security}`]),
    ...(exec.platform === undefined ? [] : [`for ${exec.platform}`]),
  ]
  return [
    `run ${exec.argv.map(quoted).join(' ')}`,
    [`in ${exec.cwd}`, `as ${exec.user || 'root'}`, ...unusual].join(', '),
    ...(exec.env.length > 0 ? [`env ${exec.env.map(quoted).join(' ')}`] : []),
    ...exec.mounts.map((mount) => `mount ${describeMount(mount, input)}`),
    ...(exec.devices ?? []).map(({ name, required }) => `device ${name}${required ? ', required' : ''}`),
    ...(exec.scripts ?? []).map(({ path, content }) => `script ${path} (${Buffer.byteLength(content)} bytes)`),
  ]
}

function describeMount(mount: ExecMount, input: (position: number) => string): string {
  switch (mount.type) {
    case 'bind':
      return `bind ${input(mount.input)}:${mount.source} at ${mount.target}${mount.writable ? ', writable' : ''}`
    case 'cache':
      return `cache "${mount.id}" at ${mount.target}, ${mount.sharing}${mount.readOnly ? ', read-only' : ''}`
    case 'tmpfs':
      return `tmpfs at ${mount.target}${mount.sizeBytes === undefined ? '' : `, ${mount.sizeBytes} bytes`}${mount.readOnly ? ', read-only' : ''}`
    case 'secret': {
      const targets = [mount.target && `at ${mount.target}`, mount.env && `in $${mount.env}`].filter(Boolean)
      return `secret "${mount.id}" ${targets.join(' and ')}${mount.required ? ', required' : ''}`
    }
    case 'ssh':
      return `ssh "${mount.id}" at ${mount.target}${mount.required ? ', required' : ''}`
  }
}

function describeAction(action: FileOperationAction, input: (position: number) => string): string {
  switch (action.action) {
    case 'copy': {
      const sources = action.paths.map((path) => `${input(action.input)}:${path}`).join(' ')
      return [`copy ${sources} to ${action.to}`, ...copyDetails(action)].join(', ')
    }
    case 'mkdir':
      return `mkdir ${action.path}, mode ${octal(action.mode)}${action.owner ? `, owner ${action.owner}` : ''}`
    case 'mkfile':
      return `mkfile ${action.path} (${Buffer.byteLength(action.content)} bytes), mode ${action.mode}`
    case 'rm':
      return `rm ${action.path}`
  }
}

function copyDetails(copy: Extract<FileOperationAction, { action: 'copy' }>): readonly string[] {
  return [
    ...(copy.owner === undefined ? [] : [`owner ${copy.owner}`]),
    ...(copy.mode === undefined ? [] : [`mode ${copy.mode}`]),
    ...(copy.parents ? ['with parents'] : []),
    ...(copy.exclude.length > 0 ? [`without ${copy.exclude.join(' ')}`] : []),
    ...(copy.unpackArchives ? ['archives unpacked'] : []),
  ]
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : JSON.stringify(word)
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0')
}
