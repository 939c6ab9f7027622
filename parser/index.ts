/**
 * Dockerfile text in, typed tree and diagnostics out. Pure: no files, clock or environment. Evaluation of a whole build
 * belongs in builder/plan/.
 */
export type * from './ast.ts'
export type { MountUse } from './describe/mount-uses.ts'
export { type Outline, type OutlineArg, outlineTarget } from './describe/outline.ts'
export { listTargets, type Target } from './describe/targets.ts'
export type { Diagnostic } from './diagnostics.ts'
export { checkIgnoreFile, parseIgnoreFile } from './dockerignore/parse-ignore-file.ts'
export { type Expanded, type ExpandOptions, type ExpandResult, expandWord, type Scope } from './expand/expand.ts'
export type { WordProblem } from './expand/word-problem.ts'
export { type LintReport, lintDockerfile } from './lint/lint-dockerfile.ts'
export type { BaseImageFacts, LintFacts } from './lint/lint-facts.ts'
export type { LintRule } from './lint/lint-rule.ts'
export { LINT_RULES } from './lint/rule-table.ts'
export { type ParseResult, parseDockerfile } from './parse-dockerfile.ts'
export { type InstructionResult, parseInstruction } from './parse-instruction.ts'
export { parseHeredocMark } from './source/heredoc.ts'
