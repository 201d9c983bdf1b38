// Whether the file of a video is where the library says.

import type { Availability as State } from "reelgraph-client";
import { moment } from "./format";

type Known = State | null | undefined;

export const AVAILABILITIES: Record<string, string> = { AVAILABLE: "available", MISSING: "missing", OFFLINE: "offline" };

/** A mark on videos whose file cannot be had. */
export function Badge({ availability }: { availability: Known }) {
  if (availability == null || availability === "AVAILABLE") return null;
  return <span className={`badge ${availability.toLowerCase()}`}>{AVAILABILITIES[availability] ?? availability}</span>;
}

/** What that means, in a sentence. */
export function AvailabilityNote({ availability, missingSince }: { availability: Known; missingSince: string | null | undefined }) {
  const text = sentence(availability, missingSince);
  return text && (
    <p className="file-note" role="status">
      <Badge availability={availability} /> {text}
    </p>
  );
}

function sentence(availability: Known, missingSince: string | null | undefined): string | undefined {
  switch (availability) {
    case "AVAILABLE":
      return undefined;
    case "MISSING":
      return `Its file has been gone${missingSince ? ` since ${moment(missingSince)}` : ""}. The record is kept; it becomes available when a scan finds the file again.`;
    case "OFFLINE":
      return "Its folder cannot be reached at the moment, for example because a disk is unplugged. Nothing is known about the file until it is back.";
    case null:
    case undefined:
      return "No scan has looked for its file: it is in no folder that the server scans.";
    default:
      return "Its file cannot be played.";
  }
}
