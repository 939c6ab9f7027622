import { expandWord } from '../../expand/expand.ts'
import { isImageName } from '../image-name.ts'
import type { LintRule } from '../lint-rule.ts'
import { globalArguments } from '../linted-file.ts'

export const invalidDefaultArgInFrom: LintRule = {
  name: 'InvalidDefaultArgInFrom',
  description: 'Without build arguments, FROM should still name a valid image',
  ignoresComments: true,
  check({ dockerfile, facts, stages }, find) {
    const defaults = globalArguments(dockerfile, facts, {})
    for (const { from } of stages.map(({ stage }) => stage)) {
      const image = expandWord(from.image.text, defaults, { escape: dockerfile.escape })
      if (image.problem !== undefined || isImageName(image.value)) continue
      const found = image.value === '' ? 'nothing' : `"${image.value}"`
      const message = `"${from.image.text}" becomes ${found} without build arguments (expected a default that names an image)`
      find({ instruction: from, message, range: from.image.range })
    }
  },
}
