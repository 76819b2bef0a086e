/** Names of styles; a style is only ever decoration, the text says it all without. */
export type StyleName = 'bold' | 'dim' | 'green' | 'yellow' | 'red';
export type Paint = (style: StyleName, text: string) => string;

const CODES: Readonly<Record<StyleName, readonly [on: number, off: number]>> = {
  bold: [1, 22],
  dim: [2, 22],
  green: [32, 39],
  yellow: [33, 39],
  red: [31, 39],
};

/** Paints text, or leaves it as it is. */
export function createPaint(hasColor: boolean): Paint {
  if (!hasColor) return (_style, text) => text;
  return (style, text) => `\u001b[${CODES[style][0]}m${text}\u001b[${CODES[style][1]}m`;
}
