/** In order of the values; at most `concurrencyMax` of them at the same time. */
export async function mapBounded<T, R>(
  values: readonly T[],
  concurrencyMax: number,
  map: (value: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results = new Array<R>(values.length);
  const waiting = values.entries();
  const work = async () => {
    for (const [index, value] of waiting) results[index] = await map(value, index);
  };
  const workerCount = Math.min(concurrencyMax, values.length);
  await Promise.all(Array.from({ length: workerCount }, work));
  return results;
}
