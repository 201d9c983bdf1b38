// The addresses of files and thumbnails.

import { API } from "./session";

/** An address that the API gave. Unlike `new URL(path, API)`, this keeps the path that a proxy put the server below. */
export const resolve = (path: string) => new URL(`.${path}`, API).href;

/** What is at an address: signed anew, it is another address of the same content. */
export function contentOf(address: string): string {
  const { pathname, searchParams } = new URL(address);
  return `${pathname} ${searchParams.get("v")}`;
}

/** As many as a day of scrolling may show. */
const MOST = 20_000;

/** The addresses of pictures that the page has begun to use, by their content. */
const used = new Map<string, string>();

/**
 * The address that this picture was first shown with. Addresses are signed anew every hour, and the browser would load
 * each picture again.
 */
export function keep(address: string): string {
  const content = contentOf(address);
  const earlier = used.get(content);
  if (earlier === undefined) replace(address);
  return earlier ?? address;
}

/** Uses another address of the same picture from now on. */
export function replace(address: string) {
  const [oldest] = used.size < MOST ? [] : used.keys();
  if (oldest !== undefined) used.delete(oldest);
  used.set(contentOf(address), address);
}

/** Why an address did not work. */
export interface Refusal {
  /** The status of the answer; 0 if the server cannot be reached. */
  status: number;
  code?: string | undefined;
}

/** Asks for a part of what is at an address, because neither pictures nor players say why they failed. */
export async function refusalOf(address: string): Promise<Refusal | undefined> {
  try {
    const response = await fetch(address, { headers: { range: "bytes=0-0" } });
    if (response.ok) {
      await response.body?.cancel();
      return undefined;
    }
    const answer = await response.json().catch(() => undefined);
    return { status: response.status, code: answer?.errors?.[0]?.extensions?.code };
  } catch {
    return { status: 0 };
  }
}

/** Whether an address has expired, or belongs to what the file was before. */
export const isOld = ({ status }: Refusal) => status === 403 || status === 409;

/** Whether the same address may work later. */
export const isTemporary = ({ status }: Refusal) => status === 0 || status >= 500;
