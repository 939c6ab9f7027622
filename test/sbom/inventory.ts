import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Inventory } from '../../sbom/index.ts'
import { purlOf } from '../../sbom/index.ts'
import { readInventory } from '../../sbom/read-inventory.ts'
import { trees, workspace } from '../support/trees.ts'

/** Writes the files, programs with mode 755, and returns the tree. */
export function treeOf(files: Readonly<Record<string, string | Buffer>>): string {
  const tree = workspace()
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(tree, path)), { recursive: true })
    writeFileSync(join(tree, path), content, { mode: path.startsWith('bin/') ? 0o755 : 0o644 })
  }
  return tree
}

/** The inventory of trees, top first. */
export function inventoryOf(...layers: readonly string[]): Promise<Inventory> {
  const forms = layers.map((path) => ({ kind: 'tree' as const, path }))
  return readInventory({ trees, layers: forms, temporaryPath: join(workspace(), 'files') })
}

export function purlsOf({ packages }: Inventory): readonly string[] {
  return packages.map(purlOf)
}
