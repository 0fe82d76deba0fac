/**
 * Sets NODE_ENV to `production` unless it is set. Otherwise functions-framework answers an unparsable body with a stack
 * trace and file paths. It reads the variable after it has loaded the function.
 */
export function hideStacks(): void {
  process.env.NODE_ENV ??= 'production';
}
