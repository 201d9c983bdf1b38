// Values as people read them.

const UNITS = ["B", "kB", "MB", "GB", "TB", "PB", "EB"];

export function bytes(size: number): string {
  const power = size < 1000 ? 0 : Math.min(Math.floor(Math.log10(size) / 3), UNITS.length - 1);
  const value = size / 1000 ** power;
  return `${value.toFixed(power === 0 || value >= 100 ? 0 : 1)} ${UNITS[power]}`;
}

export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (value: number) => String(value).padStart(2, "0");
  return hours > 0 ? `${count(hours)}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

export const count = (value: number) => value.toLocaleString("en");

export const plural = (value: number, noun: string, nouns = `${noun}s`) => `${count(value)} ${value === 1 ? noun : nouns}`;

const DAY = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeZone: "UTC" });
const MOMENT = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle: "medium" });

export const day = (time: string) => DAY.format(new Date(time));
export const moment = (time: string) => MOMENT.format(new Date(time));

const TIME = /^\d{4}-\d\d-\d\dT[\d:.]+Z$/;

/** A value of a change. */
export function value(value: unknown): string {
  if (value === null || value === undefined) return "none";
  if (typeof value === "string" && TIME.test(value)) return moment(value);
  return typeof value === "object" ? Object.values(value).join("/") : String(value);
}
