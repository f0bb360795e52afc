import { InvalidArgumentError } from 'commander';

/** Parses an option: digits alone, from `least` to `most`. */
export function wholeNumber(least: number, most: number): (value: string) => number {
  return (value) => {
    const number = Number(value);
    if (!/^\d+$/.test(value) || number < least || number > most)
      throw new InvalidArgumentError(`a whole number from ${least} to ${most}`);
    return number;
  };
}

export const seedOption = wholeNumber(0, 2 ** 32 - 1);

export function minutesOption(value: string): number {
  const number = Number(value);
  if (!(number > 0)) throw new InvalidArgumentError('a number of minutes above 0');
  return number;
}
