/** Like `Promise.all`, but rejects only after all work has settled: a failure leaves nothing running. */
export async function settleAll<Result>(work: readonly (Result | PromiseLike<Result>)[]): Promise<Result[]> {
  const outcomes = await Promise.allSettled(work)
  return outcomes.map((outcome) => {
    if (outcome.status === 'rejected') throw outcome.reason
    return outcome.value
  })
}
