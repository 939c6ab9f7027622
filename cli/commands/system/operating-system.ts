import { readFileSync } from 'node:fs'

/** The name of the distribution, such as `Debian GNU/Linux 12 (bookworm)`. SPEC: os-release(5) */
export function operatingSystem(): string {
  for (const path of ['/etc/os-release', '/usr/lib/os-release']) {
    try {
      const [, quote = '', name = ''] = /^PRETTY_NAME=(["']?)(.*)\1$/m.exec(readFileSync(path, 'utf8')) ?? []
      if (name !== '') return quote === '"' ? name.replace(/\\(["$`\\])/g, '$1') : name
    } catch {
      // not this one
    }
  }
  return 'Linux'
}
