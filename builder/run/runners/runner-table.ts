import type { Operation } from '../../plan/graph/operation.ts'
import type { Runner } from '../../solve/runner.ts'
import { fileRunner } from './copy-and-add.ts'
import { diffRunner } from './diff.ts'
import { execRunner } from './exec.ts'
import { mergeRunner } from './merge.ts'
import { sourceRunner } from './sources/source.ts'
import type { StepContext } from './step-context.ts'
import type { StepValue } from './step-value.ts'

type RunnerTable = { readonly [Kind in Operation['kind']]: Runner<Operation, StepValue, StepContext> }

/** A new kind of operation without a row does not compile. */
const runnerTable: RunnerTable = {
  source: sourceRunner,
  exec: execRunner,
  file: fileRunner,
  merge: mergeRunner,
  diff: diffRunner,
}

export function runnerOf(operation: Operation): Runner<Operation, StepValue, StepContext> {
  return runnerTable[operation.kind]
}
