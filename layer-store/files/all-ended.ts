/** Like `Promise.all`, but it rejects only when all work has ended: a failure leaves nothing running. */
export async function allEnded<Result>(work: readonly (Result | PromiseLike<Result>)[]): Promise<Result[]> {
  const outcomes = await Promise.allSettled(work)
  return outcomes.map((outcome) => {
    if (outcome.status === 'rejected') throw outcome.reason
    return outcome.value
  })
}
