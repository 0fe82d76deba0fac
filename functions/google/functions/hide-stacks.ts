/**
 * functions-framework answers a body that it cannot parse with a stack trace and file paths, unless NODE_ENV is
 * `production` when it makes its server, which it does after it has loaded the function.
 */
export function hideStacks(): void {
  process.env.NODE_ENV ??= 'production';
}
