// Joins the declarations reachable from the package's entry point into one file, since npm takes seconds to unpack
// hundreds.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'

/** Types of a package that is bundled and therefore not installed with the program. */
const FOREIGN_TYPE = /^import type \{ (\w+) \} from '(?!node:)[^.'][^']*';$/gm
const SPECIFIER = /(?<=(?:\bfrom |\bimport\()(['"]))\.[^'"]*(?=\1)/g

/** Writes a `declare module` block for each declaration file in `directory` that is reachable from `entry`. */
export function joinTypes({ directory, entry, name, output }) {
  const reached = new Set([join(directory, entry)])
  const nameOf = (file) =>
    file === join(directory, entry) ? name : `${name}/${relative(directory, file).replace(/\.d\.ts$/, '')}`
  const blocks = []
  for (const file of reached) {
    const own = readFileSync(file, 'utf8').replace(FOREIGN_TYPE, 'type $1 = unknown;')
    const text = own.replace(SPECIFIER, (specifier) => {
      const target = join(dirname(file), specifier.replace(/\.ts$/, '.d.ts'))
      if (!existsSync(target)) throw new Error(`"${file}" imports "${specifier}", which has no declarations`)
      reached.add(target)
      return nameOf(target)
    })
    blocks.push(`declare module '${nameOf(file)}' {\n${text.replace(/^(export )?declare /gm, '$1')}}\n`)
  }
  writeFileSync(output, blocks.join('\n'))
}
