/**
 * Runs `end` when `resources` is disposed. What finishes starting after that is ended at once, because a stack that has been
 * disposed accepts nothing more.
 */
export async function endWith(resources: AsyncDisposableStack, end: () => Promise<unknown>): Promise<void> {
  if (resources.disposed) await end();
  else
    resources.defer(async () => {
      await end();
    });
}
