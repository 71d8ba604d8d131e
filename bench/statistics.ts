/** Medians and quantiles: on a shared machine a mean says more about the neighbours than about the program. */

/** The value below which a share `q` (0 to 1) of the values lies; the values need not be sorted. */
export function quantile(values: ArrayLike<number>, q: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))];
}

export function median(values: ArrayLike<number>): number {
  return quantile(values, 0.5);
}
