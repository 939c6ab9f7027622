/**
 * The only door of the parser: Dockerfile text in, typed tree and diagnostics out. Pure: reads no file, no clock, no
 * environment.
 */
export type * from './ast.ts'
export type { Diagnostic } from './diagnostics.ts'
// parseDockerfile(text: string): ParseResult                      parse-dockerfile.ts
// parseInstruction(text: string, escape): InstructionResult       for ONBUILD triggers of a base image and `commit -c`
// expandWord(word: string, scope: Scope, options): ExpandResult   expand/  (one result string; used[] and undefined[] names)
// expandWords(word, scope, options): field splitting as for EXPOSE, VOLUME and COPY sources
// parseIgnoreFile(text: string): readonly string[]                dockerignore/ (cleaned patterns, `!` kept in front)
// suggest(wrong: string, known: readonly string[]): string | undefined   "did you mean"
