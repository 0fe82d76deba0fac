/** One measured figure, and the most that it may be; null: no limit. */
export type Figure = { what: string; value: number; unit: string; goal: number | null };

export function figure(what: string, value: number, unit: string, goal: number | null = null): Figure {
  return { what, value, unit, goal };
}
