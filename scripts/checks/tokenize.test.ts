import { describe, expect, it } from 'vitest';
import { tokenize } from './tokenize.ts';

const words = (source: string): string[] =>
  tokenize(source)
    .tokens.filter((token) => token.kind === 'word')
    .map((token) => token.text);

describe('tokenize', () => {
  it('takes no word from comments, strings, templates and regular expressions', () => {
    const source =
      "a; // Date\n/* Date */ b = 'Date' + \"Date\"; c = `Date ${d + `Date ${e}`} Date`; f = /Date[/]'/g; h = i / 2 / j;";
    expect(words(source)).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'h', 'i', 'j']);
  });

  it('counts lines over comments, templates and strings', () => {
    const { tokens } = tokenize('/*\n\n*/ a\n`\n${b}\n`\nc');
    expect(tokens.filter((token) => token.kind === 'word').map((token) => [token.text, token.line])).toEqual([
      ['a', 3],
      ['b', 5],
      ['c', 7],
    ]);
  });

  it('gives a bracket the depth of what surrounds it, opening and closing', () => {
    const { tokens } = tokenize('a { b ( `${c}` ) } d');
    expect(tokens.filter((token) => token.kind !== 'template').map((token) => `${token.text}${token.depth}`)).toEqual([
      'a0',
      '{0',
      'b1',
      '(1',
      'c3',
      ')1',
      '}0',
      'd0',
    ]);
  });

  it('reads numbers whole, bigint and exponent included', () => {
    const { tokens } = tokenize('1_000n 1e-6 0x1fn .5 2**3');
    expect(tokens.map((token) => token.text)).toEqual(['1_000n', '1e-6', '0x1fn', '.5', '2', '**', '3']);
  });

  it('keeps comments with their line', () => {
    expect(tokenize('a\nb // why: this').comments).toEqual([{ line: 2, text: '// why: this' }]);
  });
});
