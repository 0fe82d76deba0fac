import { styleText } from 'node:util';

export type Style = 'red' | 'green' | 'yellow' | 'cyan' | 'dim' | 'bold';
/** Of a terminal that does not say how wide it is. */
const ASSUMED_COLUMNS = 80;

export type Paint = (style: Style, text: string) => string;

/** Where text for people goes. */
export type Output = {
  write(text: string): void;
  paint: Paint;
  /** Absent: no terminal, so nothing is cut to fit and no line is rewritten. */
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
