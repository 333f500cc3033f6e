/**
 * Waits for all of several tasks that run at the same time. The first failure stops the others; it is thrown when
 * every one of them has ended, so that nothing of ours is running any more.
 */
export async function together<Results extends readonly unknown[]>(
  stop: AbortController,
  tasks: { readonly [Index in keyof Results]: Promise<Results[Index]> },
): Promise<Results> {
  const all = tasks.map(async (task) => {
    try {
      return await task;
    } catch (error) {
      stop.abort(error); // only the first reason is kept
      throw error;
    }
  });
  await Promise.allSettled(all);
  stop.signal.throwIfAborted();
  return (await Promise.all(all)) as unknown as Results;
}
