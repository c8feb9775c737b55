/** Work side by side. */

/**
 * Does the work for all items, so many at a time. When it fails for one, nothing new is begun, and what is under way has come
 * to its end before anybody hears of it: a pass that has failed writes no more.
 * @param work Of more than one step asks between them whether it is over.
 */
export async function inLanes<T>(
  width: number,
  items: T[],
  work: (item: T, isOver: () => boolean) => Promise<void>,
): Promise<void> {
  const queue = items.values()
  let failure: { error: unknown } | undefined
  const lane = async () => {
    for (const item of queue) {
      if (failure) return
      await work(item, () => failure !== undefined).catch((error: unknown) => {
        failure ??= { error }
      })
    }
  }
  await Promise.all(Array.from({ length: width }, lane))
  if (failure) throw failure.error
}

export function inChunks<T>(items: T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, n) =>
    items.slice(n * size, (n + 1) * size),
  )
}
