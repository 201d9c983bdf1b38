// Merging what two people changed in the same video.

export const LABELS = {
  path: "Path",
  filename: "Filename",
  durationFrames: "Duration in frames",
  frameRate: "Frame rate, e.g. 30000/1001",
  width: "Width",
  height: "Height",
  videoCodec: "Video codec",
  audioCodec: "Audio codec, empty if there is no audio",
  fileSize: "Size in bytes",
  thumbnailPath: "Path of the thumbnail, empty if there is none",
};

export type Field = keyof typeof LABELS;
export const FIELDS = Object.keys(LABELS) as Field[];

/** The fields that can be edited, as text. */
export type Form = Record<Field, string>;

/**
 * Three versions of a field: as it was when I began (`base`), as I have it (`mine`) and as the server has it now
 * (`theirs`). What only one side changed is taken; what both changed differently is mine, and a conflict.
 */
export function merge(base: string, mine: string, theirs: string) {
  const value = mine === base ? theirs : mine;
  const isMine = value !== theirs;
  return { value, isMine, isConflict: isMine && theirs !== base };
}
