/** True if the same request may succeed later: 408, 429, and every 5xx, because proxies add their own. */
export function isTransientStatus(status: number): boolean {
  return status === 408 || status === 429 || status >= 500;
}
