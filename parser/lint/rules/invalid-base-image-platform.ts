import type { LintRule } from '../lint-rule.ts'

export const invalidBaseImagePlatform: LintRule = {
  name: 'InvalidBaseImagePlatform',
  description: 'The platform of the base image should match the target platform',
  ignoresComments: true,
  check({ stages }, find) {
    for (const { stage, parent, baseImage } of stages) {
      const { platform, wantedPlatform } = baseImage ?? {}
      if (parent !== undefined || platform === undefined || wantedPlatform === undefined) continue
      if (withoutVariant(platform) === withoutVariant(wantedPlatform)) continue
      const message = `The image "${stage.from.image.text}" is for ${platform} (expected ${wantedPlatform})`
      find({ instruction: stage.from, message, range: stage.from.image.range })
    }
  },
}

/** SPEC: only OS and architecture are compared. */
function withoutVariant(platform: string): string {
  return platform.split('/').slice(0, 2).join('/')
}
