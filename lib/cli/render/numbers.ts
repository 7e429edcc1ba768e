/** Numbers as people read them; pure, and the same in every locale. */

/** `1234567` → `1,234,567` */
export function formatCount(value: number | bigint): string {
  const whole = typeof value === 'bigint' ? value : Math.round(value);
  return String(whole).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** `1, 'group'` → `1 group`, `2, 'group'` → `2 groups` */
export function counted(value: number | bigint, noun: string): string {
  return `${formatCount(value)} ${noun}${Number(value) === 1 ? '' : 's'}`;
}

/** `12` → `12 ms`, `1234` → `1.2 s`, `75000` → `1 min 15 s`, two days and more in days */
export function formatDuration(milliseconds: number): string {
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  if (milliseconds < 60_000) return `${(milliseconds / 1000).toFixed(1)} s`;
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  if (seconds < 172_800) {
    return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
  }
  return `${formatCount(seconds / 86_400)} days`;
}
