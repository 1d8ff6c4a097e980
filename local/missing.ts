/** Tells whether the container engine's error says that what was asked for does not exist. */
export function isMissing(error: unknown): boolean {
  return (error as { statusCode?: number }).statusCode === 404;
}

/** Tells by an inspection whether the container engine has what is inspected. */
export async function exists(inspection: Promise<unknown>): Promise<boolean> {
  try {
    await inspection;
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

/** Takes a removal for done where there is nothing to remove. */
export async function removed(removal: Promise<unknown>): Promise<void> {
  await exists(removal);
}
