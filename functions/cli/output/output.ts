import { styleText } from 'node:util';

export type Style = 'red' | 'green' | 'yellow' | 'cyan' | 'dim' | 'bold';
/** The width of a terminal that reports none. */
const ASSUMED_COLUMNS = 80;

export type Paint = (style: Style, text: string) => string;

/** A stream for text that people read. */
export type Output = {
  write(text: string): void;
  paint: Paint;
  /** Absent if the stream is no terminal: then lines keep their length and are never rewritten. */
  columns?: number;
};

/** Colour only on a terminal, and never with NO_COLOR (https://no-color.org), whatever else asks for it. */
export function streamOutput(stream: NodeJS.WriteStream, env: NodeJS.ProcessEnv): Output {
  const coloured = stream.isTTY === true && !env.NO_COLOR;
  return {
    write: (text) => void stream.write(text),
    paint: coloured ? (style, text) => styleText(style, text, { stream }) : (_style, text) => text,
    ...(stream.isTTY === true && { columns: stream.columns || ASSUMED_COLUMNS }),
  };
}

/** Writes a command's result: the JSON in one line, or the lines for people. */
export function writeResult({ json }: { json?: true }, out: Output, result: object, lines: readonly string[]): void {
  const written = json ? [JSON.stringify(result)] : lines;
  out.write(written.map((line) => `${line}\n`).join(''));
}
