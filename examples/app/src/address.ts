// What is shown stands in the address of the page, so it can be shared, and the browser's buttons work.

import { useMemo, useSyncExternalStore } from "react";
import type { Availability, VideoFilter, VideoOrderField } from "reelgraph-client";

export interface Address {
  view: (typeof VIEWS)[number];
  /** How the videos are shown. */
  layout: "list" | "grid";
  search: string;
  /** RELEVANCE, or a field of the order. */
  sort: VideoOrderField | "RELEVANCE";
  isDescending: boolean;
  /** The values that were chosen; an empty text stands for videos without audio. */
  videoCodecs: string[];
  audioCodecs: string[];
  resolutions: string[];
  availabilities: string[];
  /** The folder of the statistics; empty for all. */
  folder: string;
  /** The ID of the library root whose problems are shown; empty for none. */
  root: string;
  /** The ID of the video that is open; empty for none. */
  video: string;
}

const VIEWS = ["videos", "statistics", "activity", "folders", "duplicates"] as const;

function read(query: string): Address {
  const parameters = new URLSearchParams(query);
  const text = (name: string) => parameters.get(name) ?? "";
  const search = text("search");
  return {
    view: VIEWS.find((view) => view === text("view")) ?? "videos",
    layout: text("layout") === "grid" ? "grid" : "list",
    search,
    sort: (text("sort") || (search ? "RELEVANCE" : "CREATED_AT")) as Address["sort"],
    isDescending: text("order") !== "ascending",
    videoCodecs: parameters.getAll("codec"),
    audioCodecs: parameters.getAll("audio"),
    resolutions: parameters.getAll("resolution"),
    availabilities: parameters.getAll("file"),
    folder: text("folder"),
    root: text("root"),
    video: text("video"),
  };
}

/** The query of this address. */
export function write(address: Address): string {
  const parameters = new URLSearchParams();
  const add = (name: string, value: string) => value && parameters.append(name, value);
  const isUsual = address.sort === "RELEVANCE" || (address.sort === "CREATED_AT" && !address.search);
  add("view", address.view === "videos" ? "" : address.view);
  add("layout", address.layout === "list" ? "" : address.layout);
  add("search", address.search);
  add("sort", isUsual ? "" : address.sort);
  add("order", address.isDescending ? "" : "ascending");
  for (const codec of address.videoCodecs) parameters.append("codec", codec);
  for (const codec of address.audioCodecs) parameters.append("audio", codec);
  for (const resolution of address.resolutions) parameters.append("resolution", resolution);
  for (const availability of address.availabilities) parameters.append("file", availability);
  add("folder", address.folder);
  add("root", address.root);
  add("video", address.video);
  return `?${parameters}`;
}

const CHANGED = "addresschange";

function watch(listener: () => void) {
  const events = ["popstate", CHANGED];
  for (const event of events) addEventListener(event, listener);
  return () => events.forEach((event) => removeEventListener(event, listener));
}

/** Changes parts of the address; `replace` leaves no step to go back to. */
export function go(change: Partial<Address>, { replace = false } = {}) {
  const next = write({ ...read(location.search), ...change });
  if (replace) history.replaceState(null, "", next);
  else history.pushState(null, "", next);
  dispatchEvent(new Event(CHANGED));
}

export function useAddress(): Address {
  const query = useSyncExternalStore(watch, () => location.search);
  return useMemo(() => read(query), [query]);
}

/** The filter of an address, without the condition of one facet. */
export function filterOf(address: Address, except?: keyof Address): VideoFilter {
  const { videoCodecs, audioCodecs, resolutions, availabilities } = address;
  const and: VideoFilter[] = [];
  if (videoCodecs.length > 0 && except !== "videoCodecs") and.push({ videoCodec: { in: videoCodecs } });
  if (audioCodecs.length > 0 && except !== "audioCodecs") {
    const or: VideoFilter[] = [{ audioCodec: { in: audioCodecs.filter(Boolean) } }];
    if (audioCodecs.includes("")) or.push({ audioCodec: { isNull: true } });
    and.push({ or });
  }
  if (resolutions.length > 0 && except !== "resolutions") {
    const sizes = resolutions.map((resolution) => resolution.split("x").map(Number));
    and.push({ or: sizes.map(([width = 0, height = 0]) => ({ width: { eq: width }, height: { eq: height } })) });
  }
  if (availabilities.length > 0 && except !== "availabilities") {
    and.push({ availability: { in: availabilities as Availability[] } });
  }
  return { ...searchOf(address), ...(and.length > 0 && { and }) };
}

/** The part of the filter that all facets have in common. */
export const searchOf = ({ search }: Address): VideoFilter => (search.trim() === "" ? {} : { search });
