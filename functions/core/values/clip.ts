/** The text; a longer one is cut and ends with `…`. */
export function clip(text: string, most = 300): string {
  return text.length > most ? `${text.slice(0, most)}…` : text;
}
