/** The middle value; of an even count the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = ascending(values);
  const middle = sorted.length >> 1;
  if (sorted.length % 2 === 1) return sorted[middle]!;
  return (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** The smallest value that at least `percent` of all do not exceed (nearest rank), 0 < percent ≤ 100. */
export function percentile(values: readonly number[], percent: number): number {
  if (!(percent > 0 && percent <= 100)) throw new RangeError(`no percentile ${percent}`);
  const sorted = ascending(values);
  return sorted[Math.ceil((sorted.length * percent) / 100) - 1]!;
}

/** Rounds a measurement for a report. */
export function rounded(value: number, decimals: number): number {
  return Number(value.toFixed(decimals));
}

function ascending(values: readonly number[]): Float64Array {
  if (values.length === 0) throw new RangeError('nothing was measured');
  return Float64Array.from(values).sort();
}
