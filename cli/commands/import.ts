import { createDownloader, fullName, parseReference, withDefaultTag } from '../../registry/index.ts'
import { hostPlatform, importTree } from '../../builder/index.ts'
import { defineCommand } from '../command.ts'
import { openInput } from '../terminal/open-input.ts'
