/** What the errors of all rooms have in common. The errors themselves belong to their rooms. */
export { codeOf, hasCode, messageOf } from './caught-error.ts'
export { CodedError, type ErrorDetails } from './coded-error.ts'
