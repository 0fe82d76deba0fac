/** A stored value and the generation it was read at; a CAS names that generation. */
export type Versioned<T> = { value: T; generation: string };
