/** One measured figure, and the most that it may be; null: it is only told. */
export type Figure = { what: string; value: number; unit: string; goal: number | null };
