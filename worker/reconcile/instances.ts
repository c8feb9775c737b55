/** Starting Workflow instances so that whoever starts them again finds those that are there. */

/** @throws {Error} when one could not be started, and is not there either. */
export async function startOnce(
  workflow: Workflow,
  instances: { id: string; params: unknown }[],
): Promise<void> {
  const { errors } = await workflow.createBatch({ instances })
  const [refused] = errors.filter(({ message }) => !/already[ _]exists/i.test(message))
  if (refused) throw new Error(refused.message)
}
